"""The page on which people decide; what a program says of itself never looks like what the gateway knows."""

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from gateway.oauth.client import Client
from gateway.oauth.errand import Authorization
from gateway.oauth.permissions import permissions
from gateway.oauth.redirect import Redirect
from gateway.pages import (
    Html,
    address,
    bullets,
    button,
    buttons,
    facts,
    form,
    heading,
    item,
    name,
    notice,
    page,
    paragraph,
    small,
)

PATH: Final = "/oauth/consent"
ALLOW: Final = "allow"
DENY: Final = "deny"

_ISOLATE, _END = "\u2068", "\u2069"
_UNCHECKED = "This is what the program calls itself; nobody has checked the name. "


def ask(
    client: Client, back: Redirect, *, errand: Authorization, hidden: Mapping[str, str], issuer: str
) -> web.Response:
    """Return the page that asks for `errand`; its form has the fields `hidden`."""
    return page(
        # Isolated, so that a name in a script that runs the other way does not turn our own words.
        f"Let {_ISOLATE}“{errand.client_name}”{_END} use your Spotify account?",
        notice(
            "" if client.origin == "configured" else _UNCHECKED, "Go on only if you have just started it yourself."
        ),
        facts(
            [
                ("Access goes to", _whereto(back)),
                ("Described by", _described_by(client)),
                ("Works at", _where(errand.audience, issuer)),
            ]
        ),
        *_wishes(errand.scopes),
        form(
            address(PATH),
            small(
                "Allow takes you to Spotify, where you sign in. The program learns neither your password nor the "
                "tokens that Spotify gives. Deny takes you back to it."
            ),
            buttons(button("Allow", ALLOW, main=True), button("Deny", DENY)),
            hidden=hidden,
        ),
    )


def _wishes(scopes: frozenset[str]) -> Iterator[Html]:
    asked = [*permissions(scopes)]
    if not asked:
        yield paragraph("It wants nothing of your account itself, only what is open to everybody, such as search.")
    for title, changes in (("It may see", False), ("It may change", True)):
        items = [item(one.title, one.text) for one in asked if one.changes is changes]
        if items:
            yield heading(title)
            yield bullets(items)


def _whereto(back: Redirect) -> str | Html:
    if back.loopback:
        return f"A program on this computer ({back.place})"
    if back.place:
        return name(back.place)
    return Html(f"The app on this device that opens {name(f'{back.scheme}:').text} links")


def _described_by(client: Client) -> str | Html:
    match client.origin:
        case "configured":
            return "Whoever runs this gateway"
        case "document":
            return Html(f"A document on {name(urlsplit(client.id).hostname or '').text}")
        case "registered":
            return "Itself: it registered here, as any program can"


def _where(audience: str, issuer: str) -> str | Html:
    place = name(audience).text
    return Html(f"{place}, all of this gateway" if audience == issuer else place)
