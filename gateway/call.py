"""One call of a principal under way; what all its requests have in common, and what they cost."""

from dataclasses import dataclass

from gateway.errors import SpotifyError
from gateway.principal import Principal
from limiter import Priority


@dataclass(slots=True)
class Call:
    """What the parts of a call share.

    Attributes:
        principal: Who calls.
        priority: How urgent it is.
        deadline: When the caller gives up, in monotonic seconds.
        partial_ok: Whether an object that lacks some of its fields will do.
        sent: Requests that left on account of this call.
        user: In whose name it may read besides the app's; empty if the principal has not signed in.
        refused: What becomes of it if a request would have to leave; None if one may.
        unsettled: Why it cannot be known whether the principal has signed in; None if it is known.
    """

    principal: Principal
    priority: Priority
    deadline: float
    partial_ok: bool = False
    sent: int = 0
    user: str = ""
    refused: SpotifyError | None = None
    unsettled: SpotifyError | None = None

    def pay(self, calls: int) -> None:
        """Take requests on account."""
        self.sent += calls
