"""Reads by identifier: what an unknown one gets, alone and in a batch."""

from collections.abc import Mapping
from typing import TypeVar

from ops.simulator.answers import ApiError
from ops.simulator.params import read_id

T = TypeVar("T")


def one(records: Mapping[str, T], text: str) -> T:
    """The record with an identifier.

    Raises:
        ApiError: 400 for a malformed identifier, 404 for an unknown one.
    """
    record = records.get(read_id(text))
    if record is None:
        raise ApiError(404, "Resource not found")
    return record
