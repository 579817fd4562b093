"""Proof Key for Code Exchange (RFC 7636), with S256 alone, as Spotify has it."""

import base64
import hashlib
import hmac
import re
from typing import Final

METHOD: Final = "S256"
CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
"""A SHA-256 in base64url without padding."""

VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def is_challenge(text: str) -> bool:
    """Whether a text can be a challenge."""
    return CHALLENGE.fullmatch(text) is not None


def is_verifier(text: str) -> bool:
    """Whether a text has the characters and the length of a verifier."""
    return VERIFIER.fullmatch(text) is not None


def is_proof(verifier: str, challenge: str) -> bool:
    """Whether a challenge was made from a verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    made = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return hmac.compare_digest(made.encode(), challenge.encode())
