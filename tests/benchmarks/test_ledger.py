"""Who shows a write since when: what was shown as past and comes back is stale, what was never heard of is not."""

from benchmarks.ledger import Ledger


def test_a_write_is_agreed_on_when_the_last_gateway_shows_it() -> None:
    ledger = Ledger([False, False], gateways=2)
    write = ledger.begin(1, 10.0)
    ledger.acknowledged(write, 0, 10.1)
    assert ledger.agreed_at(write) is None
    ledger.shown(1, [False, True], asked_at=10.2, now=10.3)
    assert ledger.agreed_at(write) == 10.3
    assert ledger.stale_at == []


def test_a_gateway_that_has_not_heard_of_a_write_is_not_stale_and_one_that_wrote_it_is() -> None:
    ledger = Ledger([False], gateways=2)
    ledger.acknowledged(ledger.begin(0, 10.0), 0, 10.1)
    ledger.shown(1, [False], asked_at=11.0, now=11.1)
    assert ledger.stale_at == []
    ledger.shown(0, [False], asked_at=11.0, now=11.1)
    assert ledger.stale_at == [11.1]


def test_what_was_asked_before_the_new_state_was_shown_may_be_old() -> None:
    ledger = Ledger([False], gateways=2)
    ledger.begin(0, 10.0)
    ledger.shown(1, [True], asked_at=10.1, now=10.3)
    ledger.shown(1, [False], asked_at=10.2, now=10.4)
    assert ledger.stale_at == []
    ledger.shown(1, [False], asked_at=10.4, now=10.5)
    assert ledger.stale_at == [10.5]


def test_a_track_is_written_again_only_when_everybody_shows_it() -> None:
    ledger = Ledger([False], gateways=2)
    assert ledger.settled() == 0
    write = ledger.begin(0, 10.0)
    ledger.acknowledged(write, 0, 10.1)
    assert ledger.settled() is None
    ledger.shown(1, [True], asked_at=10.1, now=10.2)
    assert ledger.settled() == 0
    assert not ledger.begin(0, 11.0).kept
