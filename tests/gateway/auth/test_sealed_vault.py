"""What a shelf learns of a vault, and what whoever changes the shelf can do."""

from gateway.auth.seal import Seal
from gateway.auth.sealed_vault import SealedVault
from gateway.auth.shelf import Place
from memory_shelf import MemoryShelf
from vaults import Report

SEAL = Seal(b"secret", purpose="vault")


def place(kind: str, key: str) -> Place:
    return Place(SEAL.name(kind), SEAL.name(kind, key))


async def test_the_shelf_sees_neither_kind_nor_key_nor_value() -> None:
    shelf = MemoryShelf()
    vault = SealedVault(shelf, SEAL)
    await vault.put("sign-in", "user:alice", b"refresh token")
    async with vault.alone("sign-in", "user:alice", at_most_s=1.0):
        seen = repr(shelf.kept)
    assert seen.count("Place") == 2
    for word in ("sign", "alice", "refresh", "lease"):
        assert word not in seen


async def test_a_value_that_was_moved_is_absent_and_told_of() -> None:
    shelf = MemoryShelf()
    report = Report()
    vault = SealedVault(shelf, SEAL, observer=report)
    await vault.put("token", "mine", b"value")
    shelf.kept[place("token", "yours")] = shelf.kept[place("token", "mine")]
    shelf.kept[place("code", "mine")] = shelf.kept[place("token", "mine")]
    assert await vault.get("token", "yours") is None
    assert await vault.take("code", "mine") is None
    assert await vault.get("token", "mine") == b"value"
    assert report == ["token", "code"]


async def test_what_cannot_be_opened_is_in_nobodys_way() -> None:
    shelf = MemoryShelf()
    vault = SealedVault(shelf, SEAL)
    for key in ("added", "swapped", "deleted"):
        await vault.put("token", key, b"value")
        shelf.kept[place("token", key)] = b"garbage", 1.0
    assert not await vault.swap("token", "swapped", b"new", expected=b"value")
    assert await vault.add("token", "added", b"new")
    assert await vault.swap("token", "swapped", b"new", expected=None)
    assert await vault.swap("token", "deleted", None, expected=None)
    assert await vault.get("token", "added") == await vault.get("token", "swapped") == b"new"
    assert place("token", "deleted") not in shelf.kept


async def test_an_older_value_put_back_is_not_what_a_swap_expects() -> None:
    shelf = MemoryShelf()
    vault = SealedVault(shelf, SEAL)
    await vault.put("token", "key", b"one")
    old = shelf.kept[place("token", "key")]
    await vault.put("token", "key", b"two")
    shelf.kept[place("token", "key")] = old
    assert not await vault.swap("token", "key", b"three", expected=b"two")


async def test_with_another_secret_there_is_nothing_and_nothing_is_lost() -> None:
    shelf = MemoryShelf()
    await SealedVault(shelf, SEAL).put("token", "key", b"value")
    other = SealedVault(shelf, Seal(b"other", purpose="vault"))
    assert await other.get("token", "key") is None
    assert await other.count("token") == 0
    await other.put("token", "key", b"another")
    assert await SealedVault(shelf, SEAL).get("token", "key") == b"value"


async def test_closing_the_vault_closes_the_shelf() -> None:
    shelf = MemoryShelf()
    await SealedVault(shelf, SEAL).close()
    assert shelf.closed
