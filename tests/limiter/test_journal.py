"""The border of the journal, and the journal that remembers nothing."""

from limiter.errors import LimiterError
from limiter.journal import Journal, JournalInUseError, NullJournal


def test_a_null_journal_takes_everything_and_remembers_nothing() -> None:
    journal: Journal = NullJournal()
    journal.took("client", cell_s=1.0, span_s=30.0)
    journal.paused("client", 10.0)
    journal.resumed("client")
    journal.learn("limit", 180.0, keep_s=60.0)
    assert not journal.taken("client", cell_s=1.0, span_s=30.0)
    assert not journal.pauses()
    assert journal.learned("limit") is None
    journal.close()


def test_a_journal_in_use_is_told_in_the_error_tree_of_the_limiter() -> None:
    assert issubclass(JournalInUseError, LimiterError)
