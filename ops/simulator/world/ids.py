"""Identifiers: 22 base62 characters, each a pure function of what it names."""

import hashlib
import re
import string
from typing import Final

ALPHABET: Final = string.digits + string.ascii_letters
ID_PATTERN: Final = re.compile(r"[0-9A-Za-z]{22}", re.ASCII)

# A byte is folded onto 62 letters. The slight bias is harmless, and one table look-up per character is what keeps
# 30,000 identifiers cheap enough to make at start-up.
_FOLD: Final = bytes(ord(ALPHABET[byte % len(ALPHABET)]) for byte in range(256))


def spotify_id(*parts: object) -> str:
    """The identifier of whatever `parts` name, such as `("track", seed, number)`."""
    digest = hashlib.blake2b(":".join(map(str, parts)).encode(), digest_size=22).digest()
    return digest.translate(_FOLD).decode("ascii")


def is_spotify_id(text: str) -> bool:
    """Whether `text` has the form of an identifier."""
    return ID_PATTERN.fullmatch(text) is not None


def check_digits(*parts: object, count: int) -> str:
    """Decimal digits that depend on `parts` alone, for codes such as UPC."""
    number = int.from_bytes(hashlib.blake2b(":".join(map(str, parts)).encode(), digest_size=8).digest(), "big")
    return f"{number % 10**count:0{count}d}"
