"""Pages for people: work without scripts, load nothing from elsewhere, and cannot be framed."""

from html import escape
from typing import Final, NamedTuple

from aiohttp import web

POLICY: Final = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


class Html(NamedTuple):
    """Text that is HTML already; everything else is escaped."""

    text: str


def paragraph(text: str) -> Html:
    """Return a paragraph with `text` in it, escaped."""
    return Html(f"<p>{escape(text)}</p>")


def page(title: str, *parts: Html, status: int = 200) -> web.Response:
    """Return a page of `parts` below its title."""
    body = "".join(part.text for part in parts)
    text = f"<!doctype html><html lang=en><title>{escape(title)}</title><h1>{escape(title)}</h1>{body}</html>"
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
    return web.Response(text=text, content_type="text/html", status=status, headers=headers)
