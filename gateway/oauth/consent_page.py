"""The page on which people decide; what a program says of itself never looks like what the gateway knows."""

from collections.abc import Mapping
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
    small,
)

PATH: Final = "/oauth/consent"
ALLOW: Final = "allow"
DENY: Final = "deny"


def ask(
    client: Client, back: Redirect, *, errand: Authorization, hidden: Mapping[str, str], issuer: str
) -> web.Response:
    """Return the page that asks for `errand`; its form has the fields `hidden`."""
    asked = [
        item(one.title, one.text, mark="can change things" if one.changes else "")
        for one in permissions(errand.scopes)
    ]
    decision = buttons(button("Allow", ALLOW, main=True), button("Deny", DENY))
    return page(
        f"Let “{errand.client_name}” use your Spotify account?",
        notice(
            "This is what the program calls itself; nobody has checked the name. "
            "Go on only if you have just started it yourself."
        ),
        facts(
            [
                ("Answer goes to", _whereto(back)),
                ("Known from", _known_from(client)),
                ("May use", _audience(errand.audience, issuer)),
            ]
        ),
        heading("It wants to"),
        bullets(asked or ["Use what is open to everybody, such as search. Nothing of your account."]),
        form(
            address(PATH),
            small(
                "Allow takes you to Spotify, where you sign in. The program learns neither your password nor the "
                "tokens that Spotify gives. Deny takes you back to it."
            ),
            decision,
            hidden=hidden,
        ),
    )


def _whereto(back: Redirect) -> str | Html:
    if back.loopback:
        return "A program on this computer" + (f" (port {back.port})" if back.port else "")
    if back.host:
        return name(back.host if back.port is None else f"{back.host}:{back.port}")
    return Html(f"The app on this device that opens {name(f'{back.scheme}:').text} links")


def _known_from(client: Client) -> str | Html:
    match client.origin:
        case "configured":
            return "The settings of this gateway: whoever runs it knows the program"
        case "document":
            return Html(f"What {name(urlsplit(client.id).hostname or '').text} publishes about it")
        case "registered":
            return "It registered itself, as anybody can"


def _audience(audience: str, issuer: str) -> str | Html:
    return "This gateway, all of it" if audience == issuer else Html(f"This gateway at {name(audience).text}")
