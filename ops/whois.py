"""Asks Spotify whose sign-in it is, by the one pipeline and at the price of one call."""

from typing import Final

import orjson

from gateway.auth.pass_through import PassThrough
from gateway.auth.sign_in import SignIn
from gateway.client import SpotifyClient
from gateway.errors import UpstreamUnavailableError
from gateway.oauth.identity import Identity
from limiter import Priority

_ME: Final = "get-current-users-profile"
_PATIENCE_S: Final = 20.0
"""People wait for it in front of a page."""


class WhoIs:
    """Tells whose sign-in it is.

    Args:
        client: The pipeline.
        bearers: Lend it a token that is nobody's yet.
    """

    def __init__(self, client: SpotifyClient, bearers: PassThrough) -> None:
        self._client = client
        self._bearers = bearers

    async def __call__(self, sign_in: SignIn) -> Identity:
        """Return it.

        Raises:
            SpotifyError: Spotify does not say.
        """
        reply = await self._client.call(
            _ME,
            [],
            principal=self._bearers.admit(sign_in.access_token),
            deadline_s=_PATIENCE_S,
            priority=Priority.CONTROL,
        )
        found = orjson.loads(reply.body)
        user_id = str(found.get("id") or "")
        # Since May 2026 there is a key that never changes; `id` may, and links nothing for good.
        key = str(found.get("account_id") or user_id)
        if not key:
            raise UpstreamUnavailableError("Spotify did not say whose account it is; try again shortly")
        return Identity(key, user_id, str(found.get("display_name") or ""))
