"""Times and bounds of the shared tier; a constructed config is always usable."""

from dataclasses import dataclass, fields
from math import isfinite


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedConfig:
    """How long Redis is waited for, and how much is remembered of it. Times are seconds.

    Attributes:
        read_deadline_s: How long a read may take before it counts as not found.
        write_deadline_s: The same for everything that changes something.
        rest_s: For so long nothing is asked after a question that was not answered; then one at a time tries.
        lease_s: How long a claim outlives the process that made it.
        claim_most_s: For so long a claim is renewed, in case nobody ever releases it.
        heartbeat_s: Time between two signs of life that the listening connection asks for.
        silence_s: After so long without any, the connection counts as lost.
        open_wait_s: How long opening waits for the first connection.
        backoff_s: Time before the first attempt to connect again; doubled with each that fails.
        most_backoff_s: The longest such time.
        batch: Most keys or commands in one batch.
        most_stamps: Stamps kept in process; forgetting one costs a question.
        most_untold: Changes remembered while Redis cannot be told; beyond that, one change of everything.

    Raises:
        ValueError: A value is out of its range.
    """

    read_deadline_s: float = 0.25
    write_deadline_s: float = 1.0
    rest_s: float = 1.0
    lease_s: float = 5.0
    claim_most_s: float = 120.0
    heartbeat_s: float = 0.5
    silence_s: float = 1.5
    open_wait_s: float = 0.5
    backoff_s: float = 0.05
    most_backoff_s: float = 2.0
    batch: int = 50
    most_stamps: int = 50_000
    most_untold: int = 1_000

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not isfinite(value) or value <= 0:
                raise ValueError(f"{field.name} must be a finite number above 0, not {value}")
        if self.silence_s <= self.heartbeat_s:
            raise ValueError(f"silence_s must be above heartbeat_s ({self.heartbeat_s}), not {self.silence_s}")
