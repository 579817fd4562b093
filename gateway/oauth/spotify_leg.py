"""The way to Spotify and back: whoever returns is who was sent, once."""

from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from gateway.auth.accounts_service import AccountsService, Attempt
from gateway.auth.observer import UNHEARD, IdentityObserver
from gateway.auth.sign_in import SignIn
from gateway.oauth.refusal import RefusedError
from gateway.oauth.transaction import Ticket, Transactions
from gateway.pages import Address, address, lead_on, paragraph, redirect

PATH: Final = "/oauth/callback"
_LONGEST_CODE: Final = 2048


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
    code: str = field(repr=False)
    error: str


class SpotifyLeg:
    """Sends browsers to Spotify and receives them.

    Args:
        accounts: Spotify's accounts service.
        transactions: Remember who is under way.
        issuer: Public address of the gateway.
        observer: Hears who leaves.
    """

    def __init__(
        self,
        accounts: AccountsService,
        transactions: Transactions,
        *,
        issuer: str,
        observer: IdentityObserver = UNHEARD,
    ) -> None:
        self._accounts = accounts
        self._transactions = transactions
        self._observer = observer
        self._callback = f"{issuer}{PATH}"

    async def leave(self, ticket: Ticket, *, ask_again: bool = False) -> web.Response:
        """Answer a form with the way to Spotify; `ask_again` lets people choose another account there.

        Raises:
            RefusedError: The transaction is over.
        """
        there = await self._sent(ticket, ask_again=ask_again)
        self._observer.sign_in_begun(ticket.errand.way)
        return lead_on(
            "On to Spotify",
            paragraph("You sign in at Spotify, and come back here by yourself."),
            to=there,
            label="Go to Spotify",
        )

    async def go_on(self, ticket: Ticket) -> web.Response:
        """Answer who has just come back with the way to Spotify once more; the transaction goes on.

        Raises:
            RefusedError: The transaction is over.
        """
        # No form is behind this visit, so browsers follow: those of Spotify's page are Spotify's to allow.
        return redirect(await self._sent(ticket, ask_again=False))

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

    async def _sent(self, ticket: Ticket, *, ask_again: bool) -> Address:
        attempt = self._accounts.begin(self._callback, ticket.errand.wanted)
        await self._transactions.send(ticket, attempt)
        return address(self._accounts.address(attempt, ask_again=ask_again))

    async def redeem(self, arrival: Arrival) -> SignIn:
        """Return what the code that came is worth.

        Raises:
            SignInRefusedError: Nothing.
            UpstreamUnavailableError: The accounts service gave no usable answer.
        """
        return await self._accounts.redeem(arrival.attempt, arrival.code)
