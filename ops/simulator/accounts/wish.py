"""What an app asks of a user; a wish that exists names this app, a registered redirect URI and real scopes."""

from dataclasses import dataclass

from ops.simulator.accounts.parameters import Parameters
from ops.simulator.accounts.pkce import METHOD, is_challenge
from ops.simulator.accounts.redirects import leading_back
from ops.simulator.accounts.registration import Registration
from ops.simulator.people.scopes import SCOPES


class PageError(Exception):
    """A bad wish that only the user is told of: where the browser should go back to may not be the app's."""


class SentBackError(Exception):
    """A bad wish that the app is told of; the text is the address that tells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One valid request for authorization (RFC 6749, section 4.1.1).

    Attributes:
        redirect_uri: where the answer goes.
        state: comes back as it was sent; empty for none.
        scopes: what is asked for.
        challenge: of PKCE; empty without it.
        show_dialog: whether the user is asked even after having agreed before.
    """

    redirect_uri: str
    state: str
    scopes: frozenset[str]
    challenge: str
    show_dialog: bool

    @staticmethod
    def of(query: Parameters, registration: Registration) -> "Wish":
        """Read a wish from the query of `/authorize`.

        Raises:
            PageError: the client or the redirect URI is not known to be good.
            SentBackError: anything else is wrong.
        """
        redirect_uri = _redirect_uri(query, registration)
        state = "" if "state" in query.repeated else query["state"]
        error = _error(query)
        if error:
            raise SentBackError(_address(redirect_uri, state, error=error))
        return Wish(
            redirect_uri=redirect_uri,
            state=state,
            scopes=_scopes(query),
            challenge=query["code_challenge"],
            # spotipy writes it the Python way, "True".
            show_dialog=query["show_dialog"].lower() == "true",
        )

    def granted(self, code: str) -> str:
        """The address that brings a code to the app."""
        return _address(self.redirect_uri, self.state, code=code)

    def denied(self) -> str:
        """The address that tells the app that the user said no."""
        return _address(self.redirect_uri, self.state, error="access_denied")


def _redirect_uri(query: Parameters, registration: Registration) -> str:
    for name in ("client_id", "redirect_uri"):
        if name not in query:
            raise PageError(f"Missing required parameter: {name}")
        if name in query.repeated:
            raise PageError(f"INVALID_REQUEST: {name} came more than once")
    if not registration.is_named(query["client_id"]):
        raise PageError("INVALID_CLIENT: Invalid client")
    if not registration.sends_to(query["redirect_uri"]):
        raise PageError("INVALID_CLIENT: Invalid redirect URI")
    return query["redirect_uri"]


def _scopes(query: Parameters) -> frozenset[str]:
    # Only a space parts them (RFC 6749, section 3.3): two with a tab between are one scope that nobody knows.
    return frozenset(scope for scope in query["scope"].split(" ") if scope)


def _error(query: Parameters) -> str:
    method, challenge = query["code_challenge_method"], query["code_challenge"]
    wrongs = (
        ("invalid_request", bool(query.repeated)),
        ("unsupported_response_type", query["response_type"] != "code"),
        ("invalid_scope", not _scopes(query).issubset(SCOPES)),
        # RFC 7636 would take a challenge without a method for "plain", which Spotify does not know.
        ("invalid_request", (method or challenge) and not (method == METHOD and is_challenge(challenge))),
    )
    return next((error for error, wrong in wrongs if wrong), "")


def _address(redirect_uri: str, state: str, **answer: str) -> str:
    return leading_back(redirect_uri, {**answer, "state": state} if state else answer)
