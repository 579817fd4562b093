"""Chooses the way in that the settings mean; another mode, another door."""

from collections.abc import Callable
from dataclasses import replace

from gateway.auth.counted_callers import CountedCallers
from gateway.auth.passing import PassThroughCallers
from gateway.callers import LocalCallers, SettledCallers
from gateway.keys import KeyCallers
from gateway.oauth.callback import Callback
from gateway.oauth.errand import KeySignIn
from gateway.oauth.identity import Identify
from gateway.oauth.key_ending import KeyEnding
from gateway.oauth.key_login import KeyLogin
from gateway.oauth.paced import Paced
from ops.authorization import AuthorizationServer
from ops.door import Entrance
from ops.identity import Identity
from ops.settings import Settings
from ops.walk import Walk
from tools.least import least_scopes


def entrance(
    settings: Settings,
    identity: Identity,
    *,
    identify: Identify,
    clock: Callable[[], float],
    permitted: frozenset[str] = frozenset(),
) -> Entrance:
    """Return the way in that the settings mean.

    Args:
        settings: The process's.
        identity: Who has signed in.
        identify: Asks Spotify whose sign-in it is.
        clock: Monotonic seconds.
        permitted: Origins from which documents of clients are fetched in spite of the guard; for tests.
    """
    if settings.auth_mode == "oauth":
        found = AuthorizationServer(settings, identity, clock=clock, permitted=permitted).entrance(identify)
    elif settings.auth_mode == "keys":
        found = _keys(settings, identity, identify)
    else:
        found = Entrance(SettledCallers(LocalCallers(), identity.kept))
    callers = found.callers
    if settings.passes_through:
        callers = PassThroughCallers(callers, admit=identity.bearers.admit)
    return replace(found, callers=CountedCallers(callers, identity.observer))


def _keys(settings: Settings, identity: Identity, identify: Identify) -> Entrance:
    keys = KeyCallers(settings.keys)
    callers = SettledCallers(keys, identity.kept)
    issuer = settings.fermata_public_url
    if not issuer:
        return Entrance(callers)
    walk = Walk(settings, identity)

    async def principal_of(key: str) -> str:
        holder = keys.holder(key)
        return "" if holder is None else holder.id

    login = KeyLogin(
        walk.transactions,
        walk.cookie,
        leg=walk.leg,
        principal_of=principal_of,
        sign_ins=identity.kept,
        scopes=least_scopes(settings.selection),
        issuer=issuer,
    )
    ending = KeyEnding(identify=identify, sign_ins=identity.kept)
    callback = Callback(walk.leg, walk.cookie, kind=KeySignIn, ending=ending, observer=identity.observer)
    return Entrance(callers, [Paced(login), callback])
