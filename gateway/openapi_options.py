"""What OpenAPI says of the headers that any call may carry; each is described once and referred to."""

from typing import Any

from gateway.options import DEADLINE, DRY_RUN, LONGEST_DEADLINE_MS, PARTIAL, PRIORITIES, PRIORITY

_PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    PRIORITY: (
        (
            "How urgent the call is when calls have to wait, in capitals or not. Without it, commands to the "
            "player are control and all else is interactive."
        ),
        {"type": "string", "enum": [*PRIORITIES]},
    ),
    DEADLINE: (
        "Milliseconds that the caller is ready to wait. What could not leave by then is refused at once.",
        {"type": "integer", "minimum": 1, "maximum": LONGEST_DEADLINE_MS},
    ),
    DRY_RUN: (
        (
            "With 1 nothing is sent to Spotify and nothing is done: the answer, with status 200, tells what the "
            "call would cost (upstream_calls at most, parts that are cached) and when its calls could leave "
            "(wait_s for the first, done_s for the last, fits_deadline)."
        ),
        {"type": "string", "enum": ["0", "1"]},
    ),
    PARTIAL: (
        (
            "With 1 an object that some list showed is taken for the whole one, if that saves a call. It lacks "
            "fields, and the answer then carries the same header."
        ),
        {"type": "string", "enum": ["0", "1"]},
    ),
}


def references() -> list[dict[str, str]]:
    """Return the parameters, for an operation."""
    return [{"$ref": f"#/components/parameters/{name}"} for name in _PARAMETERS]


def parameters() -> dict[str, dict[str, Any]]:
    """Return what the references lead to."""
    return {
        name: {"name": name, "in": "header", "description": about, "required": False, "schema": schema}
        for name, (about, schema) in _PARAMETERS.items()
    }
