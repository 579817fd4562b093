"""Finds out who has signed in, by one call like any other; a gateway that runs is not disturbed."""

from dataclasses import dataclass
from typing import Final

from gateway.auth.locker import own_locker
from gateway.auth.sign_in import SignIn
from gateway.errors import ForbiddenError, SpotifyError
from gateway.principal import Principal
from limiter import JournalInUseError
from ops.bootstrap import wire
from ops.settings import Settings
from ops.whois import WhoIs

_UNLISTED: Final = "not registered"

LET_IN: Final = (
    "Spotify does not let this account use the app: as long as the app is in development mode, each of its users "
    "must be on its list. Open developer.spotify.com/dashboard, choose the app, then Settings, then User "
    "Management, and add the name and the e-mail address of the Spotify account; it takes effect within minutes, "
    "without another sign-in"
)


@dataclass(frozen=True, slots=True)
class Visitor:
    """What is known of whoever has signed in.

    Attributes:
        name: How the user is called; empty if that is not known.
        trouble: Why calls in the user's name will fail; empty if they will not.
    """

    name: str = ""
    trouble: str = ""


async def visitor(settings: Settings, principal: Principal, sign_in: SignIn) -> Visitor:
    """Ask Spotify who `principal` is now, and keep it with the sign-in.

    Whatever goes wrong here, the sign-in itself is done.
    """
    gateway = wire(settings)
    try:
        async with gateway.opened():
            found = await WhoIs(gateway.client, gateway.identity.bearers)(sign_in)
            account = own_locker(principal.id).account_name(sign_in)
            await gateway.identity.kept.introduce(
                principal, account=account, user_id=found.user_id, user_name=found.user_name
            )
    except JournalInUseError:
        # It belongs to a gateway that runs, and that one will ask when it needs to know.
        return Visitor()
    except ForbiddenError as error:
        return Visitor(trouble=LET_IN if _UNLISTED in error.message.lower() else error.message)
    except SpotifyError as error:
        return Visitor(trouble=f"Who it is could not be asked: {error.message}")
    if found.user_name in {"", found.user_id}:
        return Visitor(name=found.user_id)
    return Visitor(name=f"{found.user_name} ({found.user_id})")
