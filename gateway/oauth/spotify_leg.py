"""The way to Spotify and back: whoever returns is who was sent, once."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from gateway.auth.accounts_service import AccountsService, Attempt
from gateway.auth.sign_in import SignIn
from gateway.oauth.refusal import RefusedError
from gateway.oauth.transaction import Ticket, Transactions
from gateway.pages import address, lead_on, paragraph

PATH: Final = "/oauth/callback"
_LONGEST_CODE: Final = 2048
_AGAIN: Final = (
    "Spotify is asked once more, also for what your other programs may do already: they would lose it otherwise. "
    "This program gets no more than you have just allowed."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A browser that came back.

    Attributes:
        ticket: Its transaction.
        attempt: What it was sent with.
        code: What to redeem; empty if there is none.
        error: Spotify's word for why not; may be empty even so.
    """

    ticket: Ticket
    attempt: Attempt
    code: str
    error: str


class SpotifyLeg:
    """Sends browsers to Spotify and receives them.

    Args:
        accounts: Spotify's accounts service.
        transactions: Remember who is under way.
        issuer: Public address of the gateway.
    """

    def __init__(self, accounts: AccountsService, transactions: Transactions, *, issuer: str) -> None:
        self._accounts = accounts
        self._transactions = transactions
        self._callback = f"{issuer}{PATH}"

    async def leave(
        self, ticket: Ticket, *, more: frozenset[str] = frozenset(), ask_again: bool = False
    ) -> web.Response:
        """Answer with the way to Spotify.

        Args:
            ticket: Whose way it is; Spotify is asked for the scopes of its errand.
            more: What else it is asked for.
            ask_again: Whether people may choose another account there.

        Raises:
            RefusedError: The transaction is over.
        """
        attempt = self._accounts.begin(self._callback, ticket.errand.scopes | more)
        await self._transactions.send(ticket, attempt)
        return lead_on(
            "On to Spotify",
            paragraph(_AGAIN if more else "You sign in at Spotify, and come back here by yourself."),
            to=address(self._accounts.address(attempt, ask_again=ask_again)),
            label="Go to Spotify",
        )

    async def arrive(self, request: web.Request) -> Arrival:
        """Return who comes back with `request`.

        Raises:
            RefusedError: Nobody who is under way in this browser.
        """
        states, codes, errors = (request.query.getall(field, []) for field in ("state", "code", "error"))
        if len(states) != 1 or len(codes) + len(errors) != 1 or any(len(code) > _LONGEST_CODE for code in codes):
            raise RefusedError(
                "Nothing to do here",
                "This is where Spotify sends people after they have signed in, and this was no such visit.",
                "To sign in, start from your program.",
            )
        ticket, attempt = await self._transactions.arrive(states[0], request.cookies)
        return Arrival(ticket=ticket, attempt=attempt, code="".join(codes), error="".join(errors))

    async def redeem(self, arrival: Arrival) -> SignIn:
        """Return what the code that came is worth.

        Raises:
            SignInRefusedError: Nothing.
            UpstreamUnavailableError: The accounts service gave no usable answer.
        """
        return await self._accounts.redeem(arrival.attempt, arrival.code)
