"""Looks for what keeps users from signing in, or will soon; it spends no quota and changes nothing."""

import errno
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from gateway.auth.records import Records
from gateway.auth.sign_in import WARN_DAYS, SignIn
from gateway.auth.vault import VaultError
from gateway.principal import LOCAL, Principal
from ops.finding import Finding
from ops.login.redirect import Redirect
from ops.settings import Settings
from ops.vault import place_of
from tools.least import least_scopes

_SIGN_IN: Final = "run `fermata login`"
_ANOTHER_TOKEN: Final = f"set FERMATA_REFRESH_TOKEN to a new one, or unset it and {_SIGN_IN}"


async def findings(settings: Settings, records: Records, *, now: float) -> AsyncIterator[Finding]:
    """Yield what there is to say about users, for the mode that is set; `now` is in wall-clock seconds."""
    for finding in _of_mode(settings):
        yield finding
    if settings.fermata_public_url:
        yield _on_pages(settings)
    if settings.auth_mode == "oauth":
        return
    # Before the first look, which may begin an empty one.
    earlier = settings.vault_file.exists()
    for principal, name in _principals(settings):
        for finding in await _of_user(settings, records, principal, subject=name, now=now, earlier=earlier):
            yield finding
    yield _redirect(Redirect.of(settings.spotify_redirect_uri))


def _principals(settings: Settings) -> Iterator[tuple[Principal, str]]:
    if settings.auth_mode == "local":
        yield LOCAL, "user"
        return
    for name in sorted(settings.keys):
        yield Principal(f"key:{name}"), f"user of key {name}"


async def _of_user(
    settings: Settings, records: Records, principal: Principal, *, subject: str, now: float, earlier: bool
) -> Sequence[Finding]:
    try:
        kept = await records.read(principal.id)
    except VaultError as error:
        advice = "see that the file can be read and written, or that Redis answers"
        return [Finding(subject, well=False, detail=f"{place_of(settings)}: {error}", advice=advice)]
    if kept is None:
        return [_nobody(principal, subject, earlier=earlier)]
    given = records.is_fixed(principal.id)
    advice = _ANOTHER_TOKEN if given else _advice(principal)
    return [
        _signed_in(subject, kept, "by FERMATA_REFRESH_TOKEN" if given else f"kept in {place_of(settings)}"),
        _consent(subject, kept, advice, now=now),
        _scopes(subject, kept, settings, advice),
    ]


def _nobody(principal: Principal, subject: str, *, earlier: bool) -> Finding:
    told = f"nobody is signed in; for library, playlists and player {_advice(principal)}"
    if earlier:
        told += " (one that was sealed with another FERMATA_SECRET or client secret is not seen)"
    return Finding(subject, well=True, detail=told)


def _advice(principal: Principal) -> str:
    if principal == LOCAL:
        return _SIGN_IN
    return f"run `fermata login --user {principal.id.removeprefix('key:')}`"


def _signed_in(subject: str, kept: SignIn, how: str) -> Finding:
    who = kept.user_name or kept.user_id or "a user who was not asked for the name yet"
    granted = "unknown scopes" if kept.scopes is None else ", ".join(sorted(kept.scopes)) or "no scopes"
    tried = "" if kept.access_token else "; no token was asked for yet"
    return Finding(subject, well=True, detail=f"{who} is signed in, {how}; granted: {granted}{tried}")


def _consent(subject: str, kept: SignIn, advice: str, *, now: float) -> Finding:
    left = kept.days_left(now)
    subject = f"consent of the {subject}"
    if left is None or kept.authorized_at is None:
        return Finding(subject, well=True, detail="nobody knows its age; Spotify ends it after six months")
    day = datetime.fromtimestamp(kept.authorized_at, UTC).date().isoformat()
    detail = f"given on {day}, good for {left:.0f} more days" if left > 0 else f"given on {day}, and over"
    return Finding(subject, well=left > WARN_DAYS, detail=detail, advice=advice)


def _scopes(subject: str, kept: SignIn, settings: Settings, advice: str) -> Finding:
    subject = f"scopes of the {subject}"
    if kept.scopes is None:
        return Finding(subject, well=True, detail="Spotify tells them with the first token")
    lacking = sorted(least_scopes(settings.selection) - kept.scopes)
    tools = f"the tools of TOOLSETS={settings.toolsets}"
    detail = f"{tools} lack {', '.join(lacking)}" if lacking else f"enough for {tools}"
    return Finding(subject, well=not lacking, detail=detail, advice=advice)


def _on_pages(settings: Settings) -> Finding:
    detail = f"{settings.login_redirect_uri}, which must be registered with the Spotify app"
    return Finding("redirect of the pages", well=True, detail=detail)


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
    return Finding("redirect", well=True, detail=f"{redirect.uri}, which must be registered with the Spotify app")


def _who_gets_in(settings: Settings) -> str:
    if settings.registers:
        return "any may register itself, and is then asked for on a page"
    named = f", and {', '.join(settings.clients)}" if settings.clients else ""
    return (
        f"those that have a client-ID metadata document{named}; many MCP clients have none, and need "
        "FERMATA_REGISTRATION=on"
    )


def _of_mode(settings: Settings) -> Iterator[Finding]:
    mode, public = settings.auth_mode, settings.fermata_public_url
    if mode == "local":
        return
    if not public:
        detail = f"AUTH_MODE={mode} without FERMATA_PUBLIC_URL: users cannot sign in by the browser"
        yield Finding("access", well=True, detail=f"{detail}, only with `fermata login --user NAME`")
    elif not public.startswith("https://"):
        yield Finding("access", well=True, detail=f"{public} works on this machine only; others need https")
    if mode == "oauth":
        yield Finding("programs", well=True, detail=_who_gets_in(settings))
    if not settings.redis_url.get_secret_value():
        detail = f"no REDIS_URL: one gateway serves {public or 'these keys'}; several would need one Redis"
        yield Finding("access", well=True, detail=detail)
