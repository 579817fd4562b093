"""Where a principal's sign-in lies in the vault; what lies there of another consent than the fixed one is none."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gateway.auth.sign_in import SignIn
from gateway.auth.vault import VaultError
from gateway.errors import UpstreamUnavailableError


@dataclass(frozen=True, slots=True)
class Locker:
    """The place of one sign-in in the vault.

    Attributes:
        principal_id: Whose sign-in it holds.
        key: Its key there.
        fixed: A sign-in that stands for the one in the vault as long as that has another consent, or is not there.
    """

    principal_id: str
    key: str
    fixed: SignIn | None = None

    def read(self, raw: bytes | None) -> SignIn | None:
        """Return what `raw`, as the vault has it, means here."""
        there = None if raw is None else SignIn.decode(raw)
        if self.fixed is not None and (there is None or there.consent != self.fixed.consent):
            return self.fixed
        return there

    def account_name(self, sign_in: SignIn) -> str:
        """Return the name of the account that `sign_in` makes its principal; see `Account`."""
        return f"{self.principal_id}.{sign_in.consent}"


def own_locker(principal_id: str) -> Locker:
    """Return where the sign-in is kept of a principal who signs in by a browser."""
    return Locker(principal_id, principal_id)


def setting_locker(principal_id: str, fixed: SignIn) -> Locker:
    """Return where the sign-in is kept of a principal whose sign-in is a setting.

    It is another one than that of the browser's: neither may take the other's locker, and whoever unsets the
    setting finds the other as it was.
    """
    return Locker(principal_id, f"setting:{principal_id}", fixed)


@contextmanager
def reachable() -> Iterator[None]:
    """Turn what a vault says about itself into what callers are told."""
    try:
        yield
    except VaultError as error:
        raise UpstreamUnavailableError("What is kept of sign-ins cannot be reached; try again shortly") from error
