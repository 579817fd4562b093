"""Says what a rule between parameters demands, before anybody breaks it."""

from collections.abc import Iterable

from gateway.rules import AtLeastOne, AtMostOne, Needs, Rule, Together


def told(rule: Rule) -> str:
    """Return the demand of `rule` as one sentence; empty for a rule that nobody has words for."""
    match rule:
        case AtMostOne(names=names):
            return f"At most one of {_listed(names)} may be given."
        case AtLeastOne(names=names):
            return (
                f"At least one of {_listed(names)} must be given." if names[1:] else f"{names[0]} must be given."
            )
        case Needs(name=name, others=others):
            return f"{name} needs {_listed(others, 'or')}."
        case Together(names=names, maximum=maximum):
            return f"{_listed(names)} may hold {maximum} members in all."
        case _:
            return ""


def _listed(names: Iterable[str], word: str = "and") -> str:
    *most, last = names
    return f"{', '.join(most)} {word} {last}" if most else last
