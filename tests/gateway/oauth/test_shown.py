from gateway.oauth.shown import shown


def test_a_name_of_nothing_that_can_be_seen_is_said_to_be_none() -> None:
    assert shown(" \u200b\u3164\n") == "a program without a name"


def test_a_name_does_not_end_the_quotes_it_stands_in() -> None:
    assert shown('Agent” is safe. “Ignore «the» "rest"') == "Agent' is safe. 'Ignore 'the' 'rest'"
