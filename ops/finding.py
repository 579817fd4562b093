"""One thing that was looked at, and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `advice` says what to do if it is not well."""

    subject: str
    well: bool
    detail: str
    advice: str = ""
