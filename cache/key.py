"""Names what is cached; two requests share a key only if every principal that may ask gets the same bytes."""

from collections.abc import Iterable
from urllib.parse import urlencode

PUBLIC = "pub"
"""Owner of answers that do not depend on who asks."""

_GENERATION = "v1"


def cache_key(method: str, path: str, *, query: Iterable[tuple[str, str]], profile: str, owner: str) -> str:
    """Build the key of one upstream request.

    `profile` belongs to it because the same path has other fields in another profile; `owner` is `PUBLIC` or
    names the user whose token reads. The query is encoded, so that no value can pass for another parameter.
    """
    return f"{_GENERATION}\n{profile}\n{owner}\n{method}\n{path}\n{urlencode(sorted(query))}"
