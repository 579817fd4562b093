"""Ends an authorization: the client gets a code for what was allowed and granted, or learns why not."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from aiohttp import web

from gateway.auth.sign_in import SignIn
from gateway.oauth.callback import Onward
from gateway.oauth.errand import Authorization
from gateway.oauth.failure import Failure
from gateway.oauth.grant import Grant
from gateway.oauth.identity import Identify, SignIns, named
from gateway.oauth.ledger import Ledger
from gateway.oauth.redirect import Redirect
from gateway.pages import Address, page, paragraph, redirect, way_on
from gateway.principal import Principal

_NEARLY_OVER_DAYS: Final = 1.0
"""A consent with less left is no loss: whoever lives by it has to ask anew anyway."""


class CodeEnding:
    """Sends browsers back to the client; see `Ending`.

    Args:
        ledger: Makes the codes.
        identify: Tells whose sign-in it is.
        name_of: Returns the keyed hash of an account key.
        sign_ins: Keep the sign-in.
        wall_clock: Seconds since the epoch.
        secret: Returns a fresh unguessable text.
        issuer: Public address of the gateway.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        identify: Identify,
        name_of: Callable[[str], str],
        sign_ins: SignIns,
        wall_clock: Callable[[], float],
        secret: Callable[[], str],
        issuer: str,
    ) -> None:
        self._ledger = ledger
        self._identify = identify
        self._name_of = name_of
        self._sign_ins = sign_ins
        self._wall_clock = wall_clock
        self._secret = secret
        self._issuer = issuer

    async def succeed(self, errand: Authorization, sign_in: SignIn) -> web.Response | Onward[Authorization]:
        """See `Ending`.

        One sign-in serves all programs of a user. So one that would take scopes from the others is not kept: the
        browser is sent for the scopes of both, which Spotify normally grants without another question.
        """
        identity = await self._identify(sign_in)
        principal = Principal(f"user:{self._name_of(identity.account_key)}")
        # Once: whatever comes of it is what the user wants now.
        if not errand.besides and (besides := await self._at_stake(principal, sign_in)):
            return Onward(replace(errand, besides=besides))
        await self._sign_ins.adopt(principal, named(sign_in, identity))
        grant = Grant(
            principal_id=principal.id,
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

    async def _at_stake(self, principal: Principal, sign_in: SignIn) -> frozenset[str]:
        """Return the scopes that other programs of the user would lose."""
        kept = await self._sign_ins.kept(principal)
        if kept is None or kept.scopes is None or sign_in.scopes is None:
            return frozenset()
        days_left = kept.days_left(self._wall_clock())
        if days_left is not None and days_left < _NEARLY_OVER_DAYS:
            return frozenset()
        return kept.scopes - sign_in.scopes

    def _back(self, errand: Authorization, **answer: str) -> Address:
        return Redirect.of(errand.redirect_uri).address(self._issuer, errand.state, **answer)
