"""Puts what errors say into whole sentences; their texts end with a full stop or without."""


def sentence(text: object) -> str:
    """Return `text` with one full stop at its end."""
    return f"{str(text).rstrip('.')}."
