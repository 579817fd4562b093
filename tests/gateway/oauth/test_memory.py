from gateway.oauth.access import Access
from gateway.oauth.memory import Memory
from ledger_rig import LedgerRig


def test_the_token_that_was_not_used_in_the_longest_time_makes_room() -> None:
    rig = LedgerRig()
    memory = Memory(5.0, clock=rig.time, wall_clock=rig.time, most=2)
    access = Access(rig.grant(), rig.now + 900)
    for token in ("one", "two"):
        memory.believe(token, access, since=memory.question())
    assert memory.recall("one") == access.grant
    memory.believe("three", access, since=memory.question())
    assert memory.recall("two") is None
    assert memory.recall("one") == memory.recall("three") == access.grant


def test_an_ending_makes_it_forget_those_that_ended_and_no_others() -> None:
    rig = LedgerRig()
    memory = Memory(5.0, clock=rig.time, wall_clock=rig.time)
    ada, bob = Access(rig.grant(), rig.now + 900), Access(rig.grant("user:bob"), rig.now + 900)
    memory.believe("hers", ada, since=memory.question())
    memory.believe("his", bob, since=memory.question())
    memory.forget(lambda grant: grant.principal_id == "user:ada")
    assert memory.recall("hers") is None
    assert memory.recall("his") == bob.grant
