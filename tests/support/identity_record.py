"""An observer of identity that writes down what it is told."""

from gateway.auth.observer import Once, Refusal, Renewal, TokenEvent, Way
from gateway.callers import Door


class IdentityRecord(list[tuple[object, ...]]):
    """What was told, each as the name of the event and its words."""

    def sign_in_begun(self, way: Way) -> None:
        self.append(("begun", way))

    def sign_in_finished(self, way: Way) -> None:
        self.append(("finished", way))

    def sign_in_refused(self, way: Way, why: Refusal) -> None:
        self.append(("refused", way, why))

    def signed_in(self, principal_id: str) -> None:
        self.append(("signed in", principal_id))

    def signed_out(self, principal_id: str) -> None:
        self.append(("signed out", principal_id))

    def renewal(self, principal_id: str, outcome: Renewal) -> None:
        self.append(("renewal", principal_id, outcome))

    def waning(self, principal_id: str, days_left: float) -> None:
        self.append(("waning", principal_id, round(days_left)))

    def tokens(self, event: TokenEvent) -> None:
        self.append(("tokens", event))

    def reused(self, what: Once) -> None:
        self.append(("reused", what))

    def credential_refused(self, door: Door, reason: str) -> None:
        self.append(("credential", door, reason))
