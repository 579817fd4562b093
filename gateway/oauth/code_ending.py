"""Ends an authorization: the client gets a code for what was allowed and granted, or learns why not."""

from collections.abc import Callable

from aiohttp import web

from gateway.auth.sign_in import SignIn
from gateway.oauth.callback import More
from gateway.oauth.errand import Authorization
from gateway.oauth.failure import Failure
from gateway.oauth.grant import Grant
from gateway.oauth.identity import Adopt, Identify, Kept, named
from gateway.oauth.ledger import Ledger
from gateway.oauth.redirect import Redirect
from gateway.pages import Address, page, paragraph, redirect, way_on


class CodeEnding:
    """Sends browsers back to the client; see `Ending`.

    Args:
        ledger: Makes the codes.
        identify: Tells whose sign-in it is.
        name_of: Returns the keyed hash of an account key.
        kept: Returns the sign-in that there was until now.
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
        kept: Kept,
        adopt: Adopt,
        secret: Callable[[], str],
        issuer: str,
    ) -> None:
        self._ledger = ledger
        self._identify = identify
        self._name_of = name_of
        self._kept = kept
        self._adopt = adopt
        self._secret = secret
        self._issuer = issuer

    async def succeed(
        self, errand: Authorization, sign_in: SignIn, *, asked: frozenset[str]
    ) -> web.Response | More:
        """See `Ending`."""
        identity = await self._identify(sign_in)
        principal_id = f"user:{self._name_of(identity.account_key)}"
        # The user has one sign-in for all programs, each with a token that holds no more than it was allowed.
        # Without this, two programs that need different scopes would take them from each other for ever.
        if missing := _beyond(await self._kept(principal_id), sign_in) - asked:
            return More(missing)
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


def _beyond(before: SignIn | None, now: SignIn) -> frozenset[str]:
    """Return the scopes that the sign-in `before` has beyond the one of `now`, as far as Spotify said."""
    if before is None or before.scopes is None or now.scopes is None:
        return frozenset()
    return before.scopes - now.scopes
