"""What vaults tell about themselves; no secret, no key and no value is in it, and an observer never raises."""

from typing import Protocol


class VaultObserver(Protocol):
    """Hears what somebody who runs the gateway wants to know. It may be called from any thread."""

    def unreadable(self, kind: str) -> None:
        """Report a value that cannot be opened and so counts as absent: it was changed, or sealed otherwise."""

    def warned(self, text: str) -> None:
        """Report a trouble, and what to do about it, in sentences for the log."""

    def failed(self) -> None:
        """Report that something could not be read or written."""


class NullVaultObserver:
    """Tells nobody."""

    def unreadable(self, kind: str) -> None:
        """Do nothing."""

    def warned(self, text: str) -> None:
        """Do nothing."""

    def failed(self) -> None:
        """Do nothing."""
