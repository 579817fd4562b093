"""Seals values so that only whoever has the secret can read them, and only in the place they were sealed for."""

import os
from hashlib import blake2b
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION: Final = b"\x01"
_KEY_BYTES: Final = 32
_TAG_BYTES: Final = 16
_NAME_BYTES: Final = 24

# Random nonces of 96 bits are good for 2^32 values under one key (NIST SP 800-38D, 8.3): a value a second for 136
# years.
_NONCE_BYTES: Final = 12


class Seal:
    """AES-256-GCM under a key that is derived from a secret.

    A sealed value is a version byte, a random nonce, and the ciphertext with its tag. Kind and key are
    authenticated with it, so that whoever can write the storage cannot put one value in another's place.

    Args:
        secret: 128 bits of entropy or more; it is not a password, and is not stretched like one.
        purpose: Tells apart what one secret is used for: nothing sealed for one purpose opens for another.

    Raises:
        ValueError: The secret is empty.
    """

    __slots__ = ("_cipher", "_names")

    def __init__(self, secret: bytes, *, purpose: str) -> None:
        if not secret:
            raise ValueError("nothing can be sealed without a secret: set FERMATA_SECRET")
        self._cipher = AESGCM(_derived(secret, f"fermata {purpose}: values"))
        self._names = _derived(secret, f"fermata {purpose}: names")

    def seal(self, kind: str, key: str, value: bytes) -> bytes:
        """Return `value` sealed for that place; every time another text."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, value, _VERSION + _joined(kind, key))

    def open(self, kind: str, key: str, sealed: bytes) -> bytes | None:
        """Return the value; None if it was changed, sealed for another place, or with another secret."""
        head = len(_VERSION) + _NONCE_BYTES
        if not sealed.startswith(_VERSION) or len(sealed) < head + _TAG_BYTES:
            return None
        nonce = sealed[len(_VERSION) : head]
        try:
            return self._cipher.decrypt(nonce, sealed[head:], _VERSION + _joined(kind, key))
        except InvalidTag:
            return None

    def name(self, *words: str) -> str:
        """Return what to call a thing where others can read it: without the secret it tells nothing."""
        return blake2b(_joined(*words), digest_size=_NAME_BYTES, key=self._names).hexdigest()


def _derived(secret: bytes, label: str) -> bytes:
    return HKDF(SHA256(), length=_KEY_BYTES, salt=None, info=label.encode()).derive(secret)


def _joined(*words: str) -> bytes:
    """Return the words as one text that no other words have: the length of each goes before it."""
    # A header may hold bytes that are no text, which aiohttp makes lone surrogates of.
    encoded = [word.encode("utf-8", "surrogatepass") for word in words]
    return b"".join(len(word).to_bytes(4, "big") + word for word in encoded)
