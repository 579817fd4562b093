"""The count that every answer about several inputs ends with."""

# Before Python 3.12 pydantic cannot read the schema of the standard one.
from typing_extensions import TypedDict


class Summary(TypedDict):
    """How many inputs worked."""

    ok: int
    failed: int
