"""Ends an authorization: the client gets a code for what was allowed and granted, or learns why not."""

from collections.abc import Callable

from aiohttp import web

from gateway.auth.sign_in import SignIn
from gateway.oauth.errand import Authorization
from gateway.oauth.failure import Failure
from gateway.oauth.grant import Grant
from gateway.oauth.identity import Adopt, Identify, named
from gateway.oauth.ledger import Ledger
from gateway.oauth.redirect import Redirect
from gateway.pages import Address, page, paragraph, redirect, way_on


class CodeEnding:
    """Sends browsers back to the client; see `Ending`.

    Args:
        ledger: Makes the codes.
        identify: Tells whose sign-in it is.
        name_of: Returns the keyed hash of an account key.
        adopt: Keeps the sign-in.
        secret: Returns a fresh unguessable text.
        issuer: Public address of the gateway.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        identify: Identify,
        name_of: Callable[[str], str],
        adopt: Adopt,
        secret: Callable[[], str],
        issuer: str,
    ) -> None:
        self._ledger = ledger
        self._identify = identify
        self._name_of = name_of
        self._adopt = adopt
        self._secret = secret
        self._issuer = issuer

    async def succeed(self, errand: Authorization, sign_in: SignIn) -> web.Response:
        """See `Ending`."""
        identity = await self._identify(sign_in)
        principal_id = f"user:{self._name_of(identity.account_key)}"
        await self._adopt(principal_id, named(sign_in, identity))
        grant = Grant(
            principal_id=principal_id,
            client_id=errand.client_id,
            scopes=errand.scopes,
            audience=errand.audience,
            family=self._secret(),
        )
        code = await self._ledger.mint_code(grant, redirect_uri=errand.redirect_uri, challenge=errand.challenge)
        return redirect(self._back(errand, code=code))

    def fail(self, errand: Authorization, failure: Failure) -> web.Response:
        """See `Ending`."""
        back = self._back(errand, error=failure.code, error_description=failure.title)
        if not failure.to_be_read:
            return redirect(back)
        return page(
            failure.title,
            paragraph(failure.advice),
            way_on("Back to the program", back),
            status=failure.status,
        )

    def _back(self, errand: Authorization, **answer: str) -> Address:
        return Redirect.of(errand.redirect_uri).address(self._issuer, errand.state, **answer)
