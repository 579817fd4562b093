"""`POST /api/token`: trades codes, refresh tokens and the app's own secret for tokens (RFC 6749, section 5)."""

from typing import Any, Final

from aiohttp import hdrs, web

from ops.simulator.accounts.desk import TokenDesk
from ops.simulator.accounts.parameters import Parameters, read_form
from ops.simulator.accounts.pkce import is_verifier
from ops.simulator.accounts.registration import Registration
from ops.simulator.answers import OAuthError, json_answer

TOKEN_PATH: Final = "/api/token"  # noqa: S105 - a path
SECRETLESS: Final = frozenset({"authorization_code", "refresh_token"})
"""Grants for which an app that can keep no secret (PKCE) names itself in the form."""


class Exchange:
    """The token endpoint; nothing is awaited between the look at a code or token and its end."""

    __slots__ = ("_desk", "_registration")

    def __init__(self, desk: TokenDesk, registration: Registration) -> None:
        self._desk = desk
        self._registration = registration

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a token request.

        Raises:
            OAuthError: as RFC 6749 section 5.2 demands; Spotify answers all of them with 400.
        """
        form = await read_form(request)
        proved = self._is_proved(request.headers.get(hdrs.AUTHORIZATION), form)
        return json_answer(self._granted(form, proved=proved), cache_control="no-store")

    def _is_proved(self, authorization: str | None, form: Parameters) -> bool:
        """Whether the app showed its secret; without one it has to name itself at least."""
        named = "client_id" in form
        if named and not self._registration.is_named(form["client_id"]):
            raise OAuthError("invalid_client", "Invalid client")
        if authorization is None and named and form["grant_type"] in SECRETLESS:
            return False
        self._registration.must_be_proved(authorization or "")
        return True

    def _granted(self, form: Parameters, *, proved: bool) -> dict[str, Any]:
        match form["grant_type"]:
            case "client_credentials":
                return self._desk.app_token()
            case "authorization_code":
                return self._redeemed(form, proved=proved)
            case "refresh_token":
                return self._renewed(form, proved=proved)
            case "":
                raise OAuthError("unsupported_grant_type", "grant_type parameter is missing")
        known = "client_credentials, authorization_code or refresh_token"
        raise OAuthError("unsupported_grant_type", f"grant_type must be {known}")

    def _redeemed(self, form: Parameters, *, proved: bool) -> dict[str, Any]:
        for name in ("code", "redirect_uri"):
            if name not in form:
                raise OAuthError("invalid_request", f"{name} must be supplied")
        verifier = form["code_verifier"]
        if verifier and not is_verifier(verifier):
            raise OAuthError("invalid_request", "code_verifier must be 43 to 128 of A-Z a-z 0-9 . _ ~ -")
        return self._desk.redeem(form["code"], redirect_uri=form["redirect_uri"], verifier=verifier, proved=proved)

    def _renewed(self, form: Parameters, *, proved: bool) -> dict[str, Any]:
        if "refresh_token" not in form:
            raise OAuthError("invalid_request", "refresh_token must be supplied")
        return self._desk.renew(form["refresh_token"], proved=proved)
