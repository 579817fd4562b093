"""Decides when a call to Spotify may leave; admits no more than the window holds at any network delay.

Read `limiter` for what can be asked, `window` for why it is exact, `line` for who goes first, `pace` for how bulk
leaves room, and `shard` for how it comes together. `lease` shares it between processes, `journal` outlives them.
"""

from limiter.config import LimiterConfig
from limiter.errors import LimiterError, Reason, Refused
from limiter.journal import NULL_JOURNAL, Journal, JournalInUseError, NullJournal, Spent
from limiter.key import LimitKey, Priority
from limiter.limiter import Limiter, LimitStatus
from limiter.local import LocalLimiter
from limiter.observer import NULL_OBSERVER, LimiterObserver, NullObserver, Outcome
from limiter.permit import Permit, Settler
from limiter.retry import RetryBudget, RetryPolicy

__all__ = [
    "NULL_JOURNAL",
    "NULL_OBSERVER",
    "Journal",
    "JournalInUseError",
    "LimitKey",
    "LimitStatus",
    "Limiter",
    "LimiterConfig",
    "LimiterError",
    "LimiterObserver",
    "LocalLimiter",
    "NullJournal",
    "NullObserver",
    "Outcome",
    "Permit",
    "Priority",
    "Reason",
    "Refused",
    "RetryBudget",
    "RetryPolicy",
    "Settler",
    "Spent",
]
