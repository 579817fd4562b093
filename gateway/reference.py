"""Serves the description of the REST mirror, for programs and for people; both are rendered once and kept."""

import base64
import hashlib
from collections.abc import Mapping

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.app import Mount
from gateway.endpoint import Endpoint
from gateway.openapi import openapi
from gateway.problem import JSON_TYPE
from gateway.reference_page import page
from gateway.reference_style import STYLE

JSON_PATH = "/openapi.json"
PAGE_PATH = "/docs"


def reference(catalogue: Mapping[str, Endpoint], *, version: str) -> Mount:
    """Return what attaches `/openapi.json` and `/docs` to an application; `version` is the gateway's own."""
    document = openapi(catalogue, version=version)
    described = _kept(orjson.dumps(document), {"Content-Type": JSON_TYPE})
    shown = _kept(
        page(document).encode(),
        {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": _policy()},
    )

    def mount(app: web.Application) -> None:
        app.add_routes([web.get(JSON_PATH, described), web.get(PAGE_PATH, shown)])

    return mount


def _kept(body: bytes, headers: Mapping[str, str]) -> Handler:
    everywhere = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache", **headers}

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, headers=everywhere)

    return answer


def _policy() -> str:
    """Allow the page its own stylesheet and nothing else."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    nothing = "; ".join(f"{what} 'none'" for what in ("default-src", "base-uri", "form-action", "frame-ancestors"))
    return f"{nothing}; style-src 'sha256-{digest}'"
