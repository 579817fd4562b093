"""The app as its owner registered it: how it proves itself, where it sends users, and for whom it works."""

import binascii
import hmac
from typing import Any, Final

from aiohttp import BasicAuth

from ops.simulator.accounts.parameters import BYTES
from ops.simulator.accounts.redirects import is_registered
from ops.simulator.answers import OAuthError, TextError
from ops.simulator.config import SimulatorConfig
from ops.simulator.faults import TEXTS

FORBIDDEN: Final = 403
NOT_LISTED: Final = "User not registered in the Developer Dashboard"
NO_PREMIUM: Final = TEXTS[FORBIDDEN]


class Registration:
    """The one app of a simulator.

    Attributes:
        allow_list: ids of the users whose calls are served; None for everybody. May change at any time.
        owner_premium: whether the owner pays, without which nothing is served. May change at any time.
    """

    __slots__ = ("_config", "allow_list", "owner_premium")

    def __init__(self, config: SimulatorConfig) -> None:
        self._config = config
        self.allow_list = config.allow_list
        self.owner_premium = config.owner_premium

    @property
    def name(self) -> str:
        """What users know the app by."""
        return self._config.app_name

    def summary(self) -> dict[str, Any]:
        """What may change, ready for JSON."""
        listed = None if self.allow_list is None else sorted(self.allow_list)
        return {"allow_list": listed, "owner_premium": self.owner_premium}

    def is_named(self, client_id: str) -> bool:
        """Whether `client_id` is this app's."""
        return client_id == self._config.client_id

    def sends_to(self, redirect_uri: str) -> bool:
        """Whether users may be sent to `redirect_uri`."""
        return is_registered(redirect_uri, self._config.redirect_uris)

    def must_be_proved(self, authorization: str) -> None:
        """Check id and secret in an `Authorization` header.

        Raises:
            OAuthError: invalid_client.
        """
        expected = f"{self._config.client_id}:{self._config.client_secret}"
        if not hmac.compare_digest(_basic(authorization).encode(errors=BYTES), expected.encode()):
            raise OAuthError("invalid_client", "Invalid client")

    def must_serve(self, user: str | None) -> None:
        """Check that Web API calls of a user, or of the app itself (None), are served at all.

        A user who is not on the list signs in all the same, and learns it only here.

        Raises:
            TextError: 403.
        """
        if not self.owner_premium:
            raise TextError(FORBIDDEN, NO_PREMIUM)
        if user is not None and self.allow_list is not None and user not in self.allow_list:
            raise TextError(FORBIDDEN, NOT_LISTED)


def _basic(authorization: str) -> str:
    try:
        given = BasicAuth.decode(authorization, encoding="utf-8")
    except (ValueError, binascii.Error) as error:
        raise OAuthError("invalid_client", "Invalid client") from error
    return f"{given.login}:{given.password}"
