"""Answers people with a page when something cannot go on; nothing of such a page leads anywhere else."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from gateway.auth.vault import VaultError
from gateway.errors import SpotifyError
from gateway.oauth.errors import OAuthError
from gateway.pages import page, paragraph


class RefusedError(Exception):
    """A request of a browser that is answered with a page.

    Attributes:
        title: What happened.
        sentences: Why, and what to do.
        status: HTTP status of the page.
    """

    def __init__(self, title: str, *sentences: str, status: int = 400) -> None:
        super().__init__(title)
        self.title = title
        self.sentences = sentences
        self.status = status


Handler = Callable[[web.Request], Awaitable[web.Response]]


def answering(handler: Handler) -> Handler:
    """Return `handler` with its refusals as pages."""

    async def answer(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except RefusedError as error:
            return page(error.title, *map(paragraph, error.sentences), status=error.status)
        except OAuthError as error:
            advice = "The program that sent you here has to put this right; nothing of yours was sent to it."
            return page(_WRONG_REQUEST, paragraph(f"{error.description}."), paragraph(advice), status=error.status)
        except SpotifyError as error:
            return page(_NOT_NOW, paragraph(error.message), status=503)
        except VaultError:
            return page(_NOT_NOW, paragraph(_LOST), status=503)

    return answer


_WRONG_REQUEST = "This request cannot be served"
_NOT_NOW = "Not available right now"
_LOST = "The gateway cannot reach what it keeps of sign-ins. Try again in a minute."
