"""Secrets that pass through: whoever prints what carries them, as errors do, does not print them."""

import pytest

from gateway.auth.accounts_service import Attempt
from gateway.oauth.errand import KeySignIn
from gateway.oauth.spotify_leg import Arrival
from gateway.oauth.transaction import Ticket
from gateway.principal import LOCAL
from gateway.transport import Response
from tools.transport import Caller

SECRET = "hush-hush"


@pytest.mark.parametrize(
    "carrier",
    [
        Arrival(
            ticket=Ticket(id="t", errand=KeySignIn(scopes=frozenset()), browser="b", deadline=0.0),
            attempt=Attempt(state=SECRET, verifier=SECRET, redirect_uri="u", scopes=frozenset()),
            code=SECRET,
            error="",
        ),
        Response(200, {}, SECRET.encode()),
        Caller(LOCAL, {"Authorization": f"Bearer {SECRET}"}),
    ],
)
def test_what_carries_a_secret_does_not_show_it(carrier: object) -> None:
    assert SECRET not in repr(carrier) + str(carrier)
