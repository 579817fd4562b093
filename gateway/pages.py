"""Pages for people: work without scripts, load nothing from elsewhere, and cannot be framed.

Whatever is not `Html` is escaped, and nothing but an `Address` is ever linked to: neither can be forgotten.
"""

import base64
from collections.abc import Iterable, Mapping
from hashlib import sha256
from html import escape
from http import HTTPStatus
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from aiohttp import web

from gateway.page_style import STYLE

POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(sha256(STYLE.encode()).digest()).decode()}'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    # Not `no-referrer`: with that Chromium says `Origin: null` of our own forms.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    # Any stricter value would cut the tie between a client's page and the popup in which it opened ours: it could
    # not see any more that the popup came back.
    "Cross-Origin-Opener-Policy": "unsafe-none",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Sent with every page, and with every redirect."""

_MARK = (
    '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M3 18a9 9 0 0 1 18 0" fill="none" stroke="currentColor" '
    'stroke-width="2.6" stroke-linecap="round"/><circle cx="12" cy="16.6" r="2.3" fill="currentColor"/></svg>'
)
_FOOTER = "Fermata is an independent gateway to the Spotify Web API. It is not made or run by Spotify."


class Html(NamedTuple):
    """Text that is HTML already; everything else is escaped."""

    text: str


class Address(NamedTuple):
    """An address that may be linked to, because somebody has checked it; others make one with `address`."""

    text: str


def address(url: str) -> Address:
    """Return a web address, or a path of this gateway, as one that may be linked to.

    Raises:
        ValueError: It is neither.
    """
    scheme = urlsplit(url).scheme
    if scheme not in {"http", "https"} and not (
        not scheme and url.startswith("/") and url[1:2] not in {"/", "\\"}
    ):
        raise ValueError("only web addresses and own paths can be linked to")
    return Address(url)


def paragraph(*parts: str | Html) -> Html:
    """Return a paragraph of `parts`; texts are escaped."""
    return Html(f"<p>{_joined(parts)}</p>")


def small(*parts: str | Html) -> Html:
    """Return a paragraph in small print."""
    return Html(f'<p class="small">{_joined(parts)}</p>')


def heading(text: str) -> Html:
    """Return a heading below the title of the page."""
    return Html(f"<h2>{escape(text)}</h2>")


def name(text: str) -> Html:
    """Return a name that somebody else chose, set apart so that it cannot turn the text around it."""
    return Html(f"<bdi>{escape(text)}</bdi>")


def notice(*parts: str | Html, warn: bool = False) -> Html:
    """Return a paragraph that stands out; one that warns is read out at once."""
    return Html(f'<p class="notice{" warn" if warn else ""}"{" role=alert" if warn else ""}>{_joined(parts)}</p>')


def code(text: str) -> Html:
    """Return something to copy, such as a command."""
    return Html(f"<pre><code>{escape(text)}</code></pre>")


def bullets(items: Iterable[str | Html]) -> Html:
    """Return a list."""
    return Html(f"<ul>{''.join(f'<li>{_text(item)}</li>' for item in items)}</ul>")


def item(title: str, text: str) -> Html:
    """Return the inside of a list's item: a title, and what it means."""
    return Html(f"<b>{escape(title)}</b> <span>{escape(text)}</span>")


def facts(pairs: Iterable[tuple[str, str | Html]]) -> Html:
    """Return names with their values."""
    rows = "".join(f"<div><dt>{escape(term)}</dt><dd>{_text(value)}</dd></div>" for term, value in pairs)
    return Html(f"<dl>{rows}</dl>")


def link(text: str, to: Address) -> Html:
    """Return a link, for inside a paragraph."""
    return Html(f'<a href="{escape(to.text)}">{escape(text)}</a>')


def way_on(text: str, to: Address) -> Html:
    """Return a link that looks like a button: the one thing to do on a page."""
    return Html(f'<p class="buttons"><a class="button" href="{escape(to.text)}">{escape(text)}</a></p>')


def button(text: str, value: str, *, main: bool = False) -> Html:
    """Return a button that sends its form with `value` as `decision`."""
    kind = ' class="main"' if main else ""
    return Html(f'<button{kind} name="decision" value="{escape(value)}">{escape(text)}</button>')


def buttons(*members: Html) -> Html:
    """Return buttons in a row, or below each other where that is too narrow."""
    return Html(f'<div class="buttons">{_joined(members)}</div>')


def secret_field(label: str, field: str, *, hint: str, longest: int) -> Html:
    """Return a labelled field whose text nobody sees, not even in an answer of ours."""
    # Without a user name, which is not sent, keepers of passwords do not know what to keep it under.
    return Html(
        '<input type="text" autocomplete="username" value="Fermata" hidden>'
        f'<label for="{escape(field)}">{escape(label)}</label>'
        f'<input type="password" id="{escape(field)}" name="{escape(field)}" required maxlength="{longest}" '
        f'autocomplete="current-password" spellcheck="false" aria-describedby="{escape(field)}-hint">'
        f'<p class="hint" id="{escape(field)}-hint">{escape(hint)}</p>'
    )


def form(action: Address, *parts: Html, hidden: Mapping[str, str]) -> Html:
    """Return a form that posts its fields and the `hidden` ones to `action`."""
    fields = "".join(
        f'<input type="hidden" name="{escape(field)}" value="{escape(value)}">' for field, value in hidden.items()
    )
    return Html(f'<form method="post" action="{escape(action.text)}">{fields}{_joined(parts)}</form>')


def page(title: str, *parts: Html, status: int = 200) -> web.Response:
    """Return a page of `parts` below its title."""
    return _page(title, parts, status=status)


def lead_on(title: str, *parts: Html, to: Address, label: str) -> web.Response:
    """Return a page that goes on to another site at once, or by a link with `label` where the browser does not.

    It is for answers to forms. A redirect would do for others, but Chromium lets `form-action` speak about where a
    form's answer redirects to, and ours allows nobody else.
    """
    refresh = f'<meta http-equiv="refresh" content="0;url={escape(to.text)}">'
    return _page(title, (*parts, way_on(label, to)), status=HTTPStatus.OK, head=refresh)


def redirect(to: Address) -> web.Response:
    """Return a redirect, for answers to anything but a form."""
    return web.Response(status=HTTPStatus.FOUND, headers={**HEADERS, "Location": to.text})


def _page(title: str, parts: Iterable[Html], *, status: int, head: str = "") -> web.Response:
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{head}<title>{escape(title)} · Fermata</title><style>{STYLE}</style></head>"
        f'<body><header class="brand">{_MARK}Fermata</header><main><h1>{escape(title)}</h1>{_joined(parts)}</main>'
        f"<footer>{_FOOTER}</footer></body></html>"
    )
    return web.Response(text=text, content_type="text/html", status=status, headers=HEADERS)


def _joined(parts: Iterable[str | Html]) -> str:
    return "".join(_text(part) for part in parts)


def _text(part: str | Html) -> str:
    return part.text if isinstance(part, Html) else escape(part)
