"""Looks for what keeps users from signing in, or will soon; it spends no quota and changes nothing."""

import errno
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from gateway.auth.sign_in import SignIn
from gateway.auth.vault import Vault, VaultError
from gateway.principal import LOCAL, Principal
from ops.finding import Finding
from ops.login.keeping import Record, place_of
from ops.login.redirect import Redirect
from ops.settings import Settings
from tools.least import least_scopes

_WARN_DAYS: Final = 17.0
"""Days before the end of a consent from which on it is shown as ill; time for two weekends."""

_SIGN_IN: Final = "run `fermata login`"


async def findings(settings: Settings, vault: Vault, *, now: float) -> AsyncIterator[Finding]:
    """Yield what there is to say about users, for the mode that is set; `now` is in wall-clock seconds."""
    for finding in _of_mode(settings):
        yield finding
    if settings.auth_mode == "oauth":
        return
    for principal, name in _principals(settings):
        for finding in await _of_user(settings, Record(vault, principal), name, now=now):
            yield finding
    yield _redirect(Redirect.of(settings.spotify_redirect_uri))


def _principals(settings: Settings) -> Iterator[tuple[Principal, str]]:
    if settings.auth_mode == "local":
        yield LOCAL, "user"
        return
    for name in sorted(settings.keys):
        yield Principal(f"key:{name}"), f"user of key {name}"


async def _of_user(settings: Settings, record: Record, subject: str, *, now: float) -> Sequence[Finding]:
    try:
        kept = await record.read()
    except VaultError as error:
        advice = "see that the file can be read and written, or that Redis answers"
        return [Finding(subject, well=False, detail=f"{place_of(settings)}: {error}", advice=advice)]
    if kept is None:
        return [_nobody(settings, record.principal, subject)]
    return [
        _signed_in(subject, kept, settings),
        _consent(subject, kept, record.principal, now=now),
        _scopes(subject, kept, settings, record.principal),
    ]


def _nobody(settings: Settings, principal: Principal, subject: str) -> Finding:
    if principal == LOCAL and settings.fermata_refresh_token.get_secret_value():
        return Finding(subject, well=True, detail="FERMATA_REFRESH_TOKEN is set, and was not tried")
    told = f"nobody is signed in; for library, playlists and player {_advice(principal)}"
    if settings.vault_file.exists():
        told += "; a sign-in that was sealed with another FERMATA_SECRET or client secret is not seen"
    return Finding(subject, well=True, detail=told)


def _advice(principal: Principal) -> str:
    return _SIGN_IN if principal == LOCAL else f"{_SIGN_IN} --user {principal.id.removeprefix('key:')}"


def _signed_in(subject: str, kept: SignIn, settings: Settings) -> Finding:
    who = kept.user_name or kept.user_id or "a user who was not asked for the name yet"
    granted = "unknown scopes" if kept.scopes is None else ", ".join(sorted(kept.scopes)) or "no scopes"
    detail = f"{who} is signed in, kept in {place_of(settings)}; granted: {granted}"
    return Finding(subject, well=True, detail=detail)


def _consent(subject: str, kept: SignIn, principal: Principal, *, now: float) -> Finding:
    left = kept.days_left(now)
    subject = f"consent of the {subject}"
    if left is None or kept.authorized_at is None:
        return Finding(subject, well=True, detail="nobody knows its age; Spotify ends it after six months")
    day = datetime.fromtimestamp(kept.authorized_at, UTC).date().isoformat()
    detail = f"given on {day}, good for {left:.0f} more days" if left > 0 else f"given on {day}, and over"
    return Finding(subject, well=left > _WARN_DAYS, detail=detail, advice=_advice(principal))


def _scopes(subject: str, kept: SignIn, settings: Settings, principal: Principal) -> Finding:
    lacking = sorted(least_scopes(settings.selection) - kept.scopes) if kept.scopes is not None else []
    tools = f"the tools of TOOLSETS={settings.toolsets}"
    detail = f"{tools} lack {', '.join(lacking)}" if lacking else f"enough for {tools}"
    return Finding(f"scopes of the {subject}", well=not lacking, detail=detail, advice=_advice(principal))


def _redirect(redirect: Redirect) -> Finding:
    if not redirect.loopback:
        detail = f"{redirect.uri}, where nothing here can listen; `fermata login --no-browser` does without"
        return Finding("redirect", well=True, detail=detail)
    try:
        with socket.socket(socket.AF_INET6 if ":" in redirect.host else socket.AF_INET) as probe:
            # As the listener does it: a connection of a moment ago does not count as a program.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((redirect.host, redirect.port))
    except OSError as error:
        taken = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be had ({error.strerror})"
        return Finding(
            "redirect",
            well=False,
            detail=f"port {redirect.port} of {redirect.uri} {taken}",
            advice="if no Fermata waits for a sign-in there, set SPOTIFY_REDIRECT_URI to another port, here and "
            "in the Spotify app, or sign in with --no-browser",
        )
    return Finding("redirect", well=True, detail=f"{redirect.uri}, which must stand so in the Spotify app")


def _of_mode(settings: Settings) -> Iterator[Finding]:
    mode, public = settings.auth_mode, settings.fermata_public_url
    if mode == "local":
        return
    if not public:
        detail = f"AUTH_MODE={mode} without FERMATA_PUBLIC_URL: users cannot sign in by the browser"
        yield Finding("access", well=True, detail=f"{detail}, only with `fermata login --user`")
    elif not public.startswith("https://"):
        yield Finding("access", well=True, detail=f"{public} is good on this machine only; others need https")
    if not settings.redis_url.get_secret_value():
        detail = f"no REDIS_URL: one gateway only may serve {public or 'these keys'}"
        yield Finding("access", well=True, detail=f"{detail}; several need one Redis")
