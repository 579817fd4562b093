"""Ends the sign-in of a key's holder: from now on calls with that key are made in the name of the account."""

from aiohttp import web

from gateway.auth.sign_in import SignIn
from gateway.oauth.errand import KeySignIn
from gateway.oauth.failure import Failure
from gateway.oauth.identity import Adopt, Identify, named
from gateway.oauth.key_login import PATH
from gateway.oauth.shown import shown
from gateway.pages import address, name, page, paragraph, way_on


class KeyEnding:
    """Tells people how it went; see `Ending`.

    Args:
        identify: Tells whose sign-in it is.
        adopt: Keeps the sign-in.
    """

    def __init__(self, *, identify: Identify, adopt: Adopt) -> None:
        self._identify = identify
        self._adopt = adopt

    async def succeed(
        self,
        errand: KeySignIn,
        sign_in: SignIn,
        *,
        asked: frozenset[str],  # noqa: ARG002 - the signature of Ending
    ) -> web.Response:
        """See `Ending`."""
        identity = await self._identify(sign_in)
        await self._adopt(errand.principal_id, named(sign_in, identity))
        who = name(shown(identity.user_name or identity.user_id))
        return page(
            "You are signed in",
            paragraph("Signed in as ", who, ". Go back to your agent; you can close this page."),
        )

    def fail(self, errand: KeySignIn, failure: Failure) -> web.Response:  # noqa: ARG002 - the signature of Ending
        """See `Ending`."""
        return page(
            failure.title,
            paragraph(failure.advice),
            way_on("Try again", address(PATH)),
            status=failure.status,
        )
