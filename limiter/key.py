"""Whose budget a call spends, and how urgent it is; plain values without behaviour."""

from dataclasses import dataclass
from enum import IntEnum


class Priority(IntEnum):
    """Urgency of a call; lower is more urgent."""

    CONTROL = 0
    INTERACTIVE = 1
    BACKGROUND = 2
    CRAWL = 3


@dataclass(frozen=True, slots=True)
class LimitKey:
    """The path of budgets that one call spends from.

    Attributes:
        account: developer account; quotas of a family are counted over all its client ids.
        client_id: application; the rolling rate limit is counted per client id.
        family: group of endpoints that share a quota.
        user: the user on whose behalf the call is made, empty for the application itself.
    """

    account: str
    client_id: str
    family: str
    user: str = ""
