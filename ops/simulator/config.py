"""Settings of one simulator; a value that exists is valid."""

import math
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from ops.simulator.accounts.redirects import problem_of
from ops.simulator.faults import Fault

Profile = Literal["extended_legacy", "extended", "development_legacy", "development"]
"""What an application may call: how much access it was granted, and when it was registered."""

PROFILES: Final[tuple[Profile, ...]] = get_args(Profile)
QUOTA_PROFILES: Final[frozenset[Profile]] = frozenset({"development_legacy", "development"})
"""Profiles with a day quota beside the rate limit; Spotify has quotas in development mode only."""


MOST_USERS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorConfig:
    """Everything that can be chosen about a simulator.

    Attributes:
        profile: capability profile that routes, parameters and fields follow.
        limit: calls that fit in one rate window.
        window_s: length of the rolling rate window in seconds.
        quota_per_day: calls per quota family in rolling 24 hours; None for no quota. Development profiles only.
        client_id: the one application that may ask for tokens.
        client_secret: its secret; never shown.
        token_ttl_s: seconds an access token lives.
        rotate_refresh_tokens: a refresh spends its token and hands out another.
        latency_s: seconds between the arrival of a call and its answer.
        faults: faults in force from the start.
        app_name: what users know the application by.
        redirect_uris: where the application may send its users back to; see `ops.simulator.accounts.redirects`.
        allow_list: ids of the users whose calls are served; None for everybody.
        owner_premium: whether the application's owner pays, without which no call is served.
        users: how many there are beside the first ones, named `user-001` and on.
        harsh: refused calls occupy the rate window too, as in a ban that calling on lengthens.
        seed: decides the whole catalogue.

    Raises:
        ValueError: naming every setting that is out of range.
    """

    profile: Profile = "development"
    limit: int = 100
    window_s: float = 30.0
    quota_per_day: int | None = None
    client_id: str = "demo-client"
    client_secret: str = field(default="demo-secret", repr=False)
    token_ttl_s: int = 3600
    rotate_refresh_tokens: bool = False
    latency_s: float = 0.0
    faults: tuple[Fault, ...] = ()
    app_name: str = "Demo App"
    redirect_uris: tuple[str, ...] = ("http://127.0.0.1:8888/callback",)
    allow_list: frozenset[str] | None = None
    owner_premium: bool = True
    users: int = 0
    harsh: bool = False
    seed: int = 1

    def __post_init__(self) -> None:
        problems = self._out_of_range() + [
            f"redirect_uris: {uri!r} cannot be registered: {problem}"
            for uri in self.redirect_uris
            if (problem := problem_of(uri))
        ]
        if problems:
            raise ValueError(f"invalid simulator settings: {'; '.join(problems)}")

    def _out_of_range(self) -> list[str]:
        return [
            text
            for broken, text in (
                (self.profile not in PROFILES, f"profile must be one of {', '.join(PROFILES)}"),
                (self.limit < 1, "limit must be at least 1"),
                (not 0 < self.window_s < math.inf, "window_s must be a positive number of seconds"),
                (self.quota_per_day is not None and self.quota_per_day < 1, "quota_per_day must be at least 1"),
                (not self.client_id or ":" in self.client_id, "client_id must be non-empty and without a colon"),
                (not self.client_secret, "client_secret must not be empty"),
                (self.token_ttl_s < 1, "token_ttl_s must be at least 1"),
                (not 0 <= self.users <= MOST_USERS, f"users must be 0 to {MOST_USERS}"),
                (not 0 <= self.latency_s < math.inf, "latency_s must be zero or more seconds"),
            )
            if broken
        ]

    @property
    def has_quota(self) -> bool:
        """Whether a day quota is enforced."""
        return self.quota_per_day is not None and self.profile in QUOTA_PROFILES
