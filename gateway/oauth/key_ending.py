"""Ends the sign-in of a key's holder: from now on calls with that key are made in the name of the account."""

from aiohttp import web

from gateway.auth.sign_in import SignIn
from gateway.oauth.errand import KeySignIn
from gateway.oauth.failure import Failure
from gateway.oauth.identity import Identify, SignIns, named
from gateway.oauth.key_login import PATH
from gateway.oauth.shown import shown
from gateway.pages import address, name, page, paragraph, way_on
from gateway.principal import Principal


class KeyEnding:
    """Tells people how it went; see `Ending`.

    Args:
        identify: Tells whose sign-in it is.
        sign_ins: Keep the sign-in.
    """

    def __init__(self, *, identify: Identify, sign_ins: SignIns) -> None:
        self._identify = identify
        self._sign_ins = sign_ins

    async def succeed(self, errand: KeySignIn, sign_in: SignIn) -> web.Response:
        """See `Ending`."""
        identity = await self._identify(sign_in)
        await self._sign_ins.adopt(Principal(errand.principal_id), named(sign_in, identity))
        who = name(shown(identity.user_name, nameless=shown(identity.user_id, nameless="yourself")))
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
