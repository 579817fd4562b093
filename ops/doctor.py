"""Looks for what keeps Fermata from working on this machine; each finding says what to do about it."""

import importlib.metadata
import time
from collections.abc import AsyncIterator, Mapping

from gateway.auth.tokens import APP, AccessTokens
from gateway.errors import SpotifyError, UnauthorisedError
from gateway.transport import PooledTransport
from ops.accounts import opened_records
from ops.finding import Finding
from ops.login.findings import findings
from ops.notebook import read
from ops.settings import Settings, SettingsError

_PACKAGES = ("gateway", "limiter", "cache", "tools", "ops")
_PATIENCE_S = 10.0
_ON_SETTINGS = "docs/settings.md has every setting, and docs/sign-in.md tells how to make a Spotify app"
_ON_REFUSAL = "both are shown under Settings of the app, at developer.spotify.com/dashboard"
_ON_SILENCE = "see that this machine reaches SPOTIFY_ACCOUNTS_URL"


async def examine(environ: Mapping[str, str]) -> AsyncIterator[Finding]:
    """Yield findings one by one, the slow ones last; a token is asked for, but no quota is spent."""
    yield names()
    try:
        settings = Settings.from_env(environ)
    except SettingsError as error:
        for problem in error.problems:
            yield Finding("settings", well=False, detail=problem, advice=_ON_SETTINGS)
        return
    yield Finding("settings", well=True, detail="complete")
    yield learned(settings)
    async with opened_records(settings) as records:
        async for finding in findings(settings, records, now=time.time()):
            yield finding
    yield await credentials(settings)


def names() -> Finding:
    """Find other distributions that brought a package of the same name, and so overwrote ours."""
    owners = importlib.metadata.packages_distributions()
    clashes = {name: sorted(set(owners.get(name, ())) - {"fermata"}) for name in _PACKAGES}
    foreign = [f"{name} also comes from {', '.join(others)}" for name, others in clashes.items() if others]
    return Finding(
        "installation",
        well=not foreign,
        detail="; ".join(foreign) or "no other package uses our names",
        advice="install Fermata in an environment of its own",
    )


def learned(settings: Settings) -> Finding:
    """Tell what earlier runs found out about the app."""
    lacking = ", ".join(read(settings.lessons).get(settings.spotify_client_id, ()))
    found = f"was found to lack {lacking}" if lacking else "nothing was found to be lacking yet"
    return Finding("profile", well=True, detail=f"{settings.spotify_profile}; {found}")


async def credentials(settings: Settings) -> Finding:
    """Ask the accounts service for a token of the app."""
    async with PooledTransport(settings.transport) as transport:
        tokens = AccessTokens(APP, settings.credentials, transport=transport, clock=time.monotonic)
        try:
            await tokens.token(deadline=time.monotonic() + _PATIENCE_S)
        except SpotifyError as error:
            advice = _ON_REFUSAL if isinstance(error, UnauthorisedError) else _ON_SILENCE
            return Finding("spotify", well=False, detail=error.message, advice=advice)
        finally:
            await tokens.close()
    return Finding("spotify", well=True, detail=f"{settings.spotify_accounts_url} accepts the app's credentials")
