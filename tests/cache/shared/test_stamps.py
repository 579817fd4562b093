"""What a process knows of everybody's stamps, step by step: each test is one order of events."""

from itertools import count

import pytest

from cache.shared.stamps import EVERYTHING, Stamps, keys_of

LIBRARY = "u:1\nlibrary"
KEYS = keys_of("u:1", ["library"])


def make(*, most: int = 100, most_untold: int = 100, trusted: bool = True) -> Stamps:
    numbers = count()
    stamps = Stamps(lambda: f"r{next(numbers)}", most=most, most_untold=most_untold)
    if trusted:
        stamps.trust("run")
    return stamps


def learn(stamps: Stamps, key: str, stamp: str, *, doubtful: bool = False) -> None:
    mark = stamps.begin(key)
    stamps.learned(key, mark, stamp, doubtful=doubtful)
    stamps.ended(key, mark)


def learned() -> Stamps:
    stamps = make()
    learn(stamps, EVERYTHING, "all")
    learn(stamps, LIBRARY, "one")
    return stamps


def test_what_nothing_changes_needs_no_stamp() -> None:
    assert make().stamp(keys_of("u:1", [])) == ""
    assert make(trusted=False).stamp(keys_of("u:1", [])) == ""


def test_a_stamp_is_unknown_until_it_was_learned_and_names_the_run_of_the_server() -> None:
    stamps = make()
    assert stamps.stamp(KEYS) is None
    learn(stamps, LIBRARY, "one")
    assert stamps.stamp(KEYS) is None
    learn(stamps, EVERYTHING, "all")
    assert stamps.stamp(KEYS) == "run.all.one"


def test_a_change_makes_a_stamp_unknown() -> None:
    stamps = learned()
    stamps.forget(LIBRARY)
    assert stamps.stamp(KEYS) is None
    assert stamps.stamp([EVERYTHING]) is not None


def test_a_change_of_an_owner_leaves_the_others_alone() -> None:
    stamps = learned()
    learn(stamps, "u:12\nlibrary", "other")
    stamps.forget_owner("u:1\n")
    assert stamps.stamp(KEYS) is None
    assert stamps.stamp(keys_of("u:12", ["library"])) == "run.all.other"


def test_an_answer_that_a_word_of_a_change_overtook_is_not_kept() -> None:
    stamps = learned()
    stamps.forget(LIBRARY)
    mark = stamps.begin(LIBRARY)
    stamps.forget(LIBRARY)
    stamps.learned(LIBRARY, mark, "old", doubtful=False)
    assert stamps.stamp(KEYS) is None


@pytest.mark.parametrize("how", ["own change", "owner", "flush", "loss", "loss and return"])
def test_nor_is_one_that_anything_else_overtook(how: str) -> None:
    stamps = learned()
    stamps.forget(LIBRARY)
    mark = stamps.begin(LIBRARY)
    if how == "own change":
        stamps.change([LIBRARY])
        stamps.told(LIBRARY, stamps.untold()[LIBRARY])
    elif how == "owner":
        stamps.forget_owner("u:1\n")
    elif how == "flush":
        stamps.forget_all()
    else:
        stamps.distrust()
        if how == "loss and return":
            stamps.trust("run")
    stamps.learned(LIBRARY, mark, "old", doubtful=False)
    assert "old" not in (stamps.stamp(KEYS) or "")
    assert stamps.parts([LIBRARY])[LIBRARY] != "old"


def test_a_question_after_the_change_is_not_answered_by_one_from_before() -> None:
    stamps = learned()
    stamps.forget(LIBRARY)
    early = stamps.begin(LIBRARY)
    stamps.forget(LIBRARY)
    late = stamps.begin(LIBRARY)
    stamps.learned(LIBRARY, early, "old", doubtful=False)
    stamps.ended(LIBRARY, early)
    stamps.learned(LIBRARY, late, "new", doubtful=False)
    assert stamps.stamp(KEYS) == "run.all.new"


def test_our_own_change_counts_at_once_and_until_it_is_told() -> None:
    stamps = learned()
    before = stamps.stamp(KEYS)
    stamps.change([LIBRARY])
    private = stamps.stamp(KEYS)
    assert private not in {None, before}
    stamps.told(LIBRARY, stamps.untold()[LIBRARY])
    assert stamps.stamp(KEYS) is None
    assert stamps.untold() == {}


def test_what_is_told_of_an_earlier_change_says_nothing_of_a_later_one() -> None:
    stamps = learned()
    stamps.change([LIBRARY])
    earlier = stamps.untold()[LIBRARY]
    stamps.change([LIBRARY])
    private = stamps.stamp(KEYS)
    stamps.told(LIBRARY, earlier)
    assert stamps.untold()
    assert stamps.stamp(KEYS) == private


def test_a_change_elsewhere_counts_while_our_own_is_not_told_yet() -> None:
    stamps = learned()
    stamps.change([LIBRARY])
    private = stamps.stamp(KEYS)
    stamps.forget(LIBRARY)
    assert stamps.stamp(KEYS) != private
    assert stamps.untold()


def test_while_cut_off_stamps_are_our_own_and_each_change_counts() -> None:
    stamps = learned()
    shared = stamps.stamp(KEYS)
    stamps.distrust()
    seen = {shared, stamps.stamp(KEYS)}
    assert None not in seen
    stamps.change([LIBRARY])
    seen.add(stamps.stamp(KEYS))
    stamps.told(LIBRARY, stamps.untold()[LIBRARY])
    seen.add(stamps.stamp(KEYS))
    stamps.forget(LIBRARY)
    seen.add(stamps.stamp(KEYS))
    stamps.distrust()
    seen.add(stamps.stamp(KEYS))
    assert len(seen) == 6
    assert None not in seen
    assert all(stamp.startswith("~") for stamp in seen - {shared} if stamp)


def test_what_was_learned_before_a_loss_is_not_trusted_after_it() -> None:
    stamps = learned()
    stamps.distrust()
    stamps.trust("run")
    assert stamps.stamp(KEYS) is None


def test_a_server_that_came_back_with_old_stamps_has_other_ones() -> None:
    stamps = learned()
    before = stamps.stamp(KEYS)
    stamps.distrust()
    stamps.trust("another run")
    learn(stamps, EVERYTHING, "all")
    learn(stamps, LIBRARY, "one")
    assert stamps.stamp(KEYS) not in {None, before}


def test_changes_survive_a_loss_until_they_are_told() -> None:
    stamps = learned()
    stamps.change([LIBRARY])
    told = stamps.untold()
    stamps.distrust()
    stamps.trust("run")
    assert stamps.untold() == told
    assert stamps.stamp([LIBRARY]) is not None


@pytest.mark.parametrize("trusted", [True, False])
def test_too_many_untold_changes_become_one_of_everything(trusted: bool) -> None:  # noqa: FBT001
    stamps = make(most_untold=3, trusted=trusted)
    learn(stamps, EVERYTHING, "all")
    keys = [keys_of(f"u:{number}", ["library"]) for number in range(10)]
    for every in keys:
        learn(stamps, every[1], "one")
    before = [stamps.stamp(every) for every in keys]
    for every in keys:
        stamps.change(every[1:])
    assert EVERYTHING in stamps.untold()
    assert len(stamps.untold()) <= 3
    for old, every in zip(before, keys, strict=True):
        learn(stamps, every[1], "one")
        assert stamps.stamp(every) not in {None, old}
    for key, number in stamps.untold().items():
        stamps.told(key, number)
        learn(stamps, key, "new")
    for old, every in zip(before, keys, strict=True):
        assert stamps.stamp(every) not in {None, old}


def test_no_more_stamps_are_kept_than_may_be() -> None:
    stamps = make(most=3)
    for number in range(10):
        learn(stamps, f"u:{number}\nlibrary", "one")
    assert sum(part is not None for part in stamps.parts([f"u:{n}\nlibrary" for n in range(10)]).values()) == 3


def test_a_stamp_that_is_forgotten_for_want_of_room_while_cut_off_does_not_come_back() -> None:
    stamps = make(most=2, trusted=False)
    seen = {stamps.stamp(KEYS)}
    for number in range(6):
        for key in (LIBRARY, f"u:x{number}\nlibrary"):
            stamps.change([key])
            stamps.told(key, stamps.untold()[key])
            if key == LIBRARY:
                assert stamps.stamp(KEYS) not in seen
            seen.add(stamps.stamp(KEYS))


def test_while_a_stamp_is_made_up_what_is_read_counts_as_changed() -> None:
    stamps = make()
    learn(stamps, EVERYTHING, "all")
    learn(stamps, LIBRARY, "~made", doubtful=True)
    private = stamps.stamp(KEYS)
    assert private is not None
    stamps.reconsider()
    assert stamps.stamp(KEYS) == private
    stamps.told(LIBRARY, stamps.untold()[LIBRARY])
    assert stamps.stamp(KEYS) is None
    learn(stamps, LIBRARY, "one")
    stamps.reconsider()
    assert stamps.stamp(KEYS) == "run.all.one"


def test_while_the_stamp_of_everything_is_made_up_the_others_count_as_changed() -> None:
    stamps = make()
    learn(stamps, EVERYTHING, "~made", doubtful=True)
    learn(stamps, LIBRARY, "one")
    private = stamps.stamp(KEYS)
    stamps.reconsider()
    learn(stamps, EVERYTHING, "all")
    assert list(stamps.untold()) == [LIBRARY]
    assert stamps.stamp(KEYS) not in {None, private, "run.all.one"}


def test_what_was_read_while_cut_off_counts_as_changed_and_nothing_else_does() -> None:
    stamps = make(trusted=False)
    private = stamps.stamp(KEYS)
    assert list(stamps.untold()) == [LIBRARY]
    stamps.trust("run")
    learn(stamps, EVERYTHING, "all")
    learn(stamps, LIBRARY, "old")
    assert stamps.stamp(KEYS) not in {None, private, "run.all.old"}
