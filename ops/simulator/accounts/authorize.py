"""`/authorize`: asks the user, and sends the browser nowhere but back, with a code or with an error."""

from typing import Final

from aiohttp import web

from ops.simulator.accounts.consents import Consent
from ops.simulator.accounts.desk import TokenDesk
from ops.simulator.accounts.page import consent_page, error_page
from ops.simulator.accounts.parameters import Parameters, read_form
from ops.simulator.accounts.registration import Registration
from ops.simulator.accounts.wish import PageError, SentBackError, Wish
from ops.simulator.answers import OAuthError
from ops.simulator.people.society import Society
from ops.simulator.people.users import User

AUTHORIZE_PATH: Final = "/authorize"
COOKIE: Final = "simulated_user"
"""Names the user whom this browser signed in last; whoever forges it could have chosen that user as well."""

UNANSWERED: Final = "Go back, choose a user, then Agree or Cancel. A script sends the form with user and decision."


class Authorize:
    """Handlers of the page."""

    __slots__ = ("_desk", "_registration", "_society")

    def __init__(self, desk: TokenDesk, registration: Registration, *, society: Society) -> None:
        self._desk = desk
        self._registration = registration
        self._society = society

    def routes(self) -> list[web.RouteDef]:
        """The routes, ready for a router."""
        # No HEAD: whoever only looks should not be given a code.
        return [web.get(AUTHORIZE_PATH, self.show, allow_head=False), web.post(AUTHORIZE_PATH, self.decide)]

    async def show(self, request: web.Request) -> web.Response:
        """Ask the user, or send the browser back at once if its user agreed to as much before."""
        query = request.rel_url.raw_query_string
        try:
            wish = Wish.of(Parameters.of(query), self._registration)
        except PageError as error:
            return error_page(str(error))
        except SentBackError as error:
            return _sent_to(str(error), status=302)
        user = self._society.user(request.cookies.get(COOKIE, ""))
        earlier = self._earlier(user, wish)
        if user is not None and earlier is not None:
            return self._agreed(wish, user, inherited=earlier, status=302)
        users = tuple(self._society)
        chosen = users[0] if user is None else user
        return consent_page(self._registration.name, query, scopes=wish.scopes, users=users, chosen=chosen.id)

    async def decide(self, request: web.Request) -> web.Response:
        """Take the user's answer: a form with `decision`, `agree` or `cancel`, and `user`."""
        try:
            wish = Wish.of(Parameters.of(request.rel_url.raw_query_string), self._registration)
            form = await read_form(request)
        except PageError as error:
            return error_page(str(error))
        except OAuthError as error:
            return error_page(str(error), advice=UNANSWERED)
        except SentBackError as error:
            return _sent_to(str(error), status=303)
        if form["decision"] == "cancel":
            return _sent_to(wish.denied(), status=303)
        user = self._society.user(form["user"])
        if form["decision"] != "agree" or user is None:
            return error_page("Nobody agreed", advice=UNANSWERED)
        return self._agreed(wish, user, inherited=None, status=303)

    def _earlier(self, user: User | None, wish: Wish) -> Consent | None:
        if user is None or wish.show_dialog:
            return None
        return self._desk.consents.covering(user.id, wish.scopes)

    def _agreed(self, wish: Wish, user: User, *, inherited: Consent | None, status: int) -> web.Response:
        """The way back with a code.

        Whether a login that the user is not asked about starts the six months anew is not established, so here it
        does not: a client that can live with this can live with either.
        """
        code = self._desk.agree(
            user.id, wish.scopes, redirect_uri=wish.redirect_uri, challenge=wish.challenge, inherited=inherited
        )
        response = _sent_to(wish.granted(code), status=status)
        response.set_cookie(COOKIE, user.id, path=AUTHORIZE_PATH, httponly=True, samesite="Lax")
        return response


def _sent_to(address: str, *, status: int) -> web.Response:
    # aiohttp's own redirects would rewrite the address, which has to stay as the app registered it.
    headers = {"Location": address, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return web.Response(status=status, headers=headers)
