"""`fermata key`: makes a gateway key, which is shown once and kept nowhere."""

import re
from collections.abc import Callable
from typing import Final

from gateway.keys import fingerprint, new_key

_NAME: Final = re.compile(r"[0-9A-Za-z._-]{1,64}")


def show_new_key(name: str, *, show: Callable[[str], None], note: Callable[[str], None]) -> int:
    """Show a new key for `name`, alone on its line, and note what to do with it.

    Raises:
        ValueError: It is no name.
    """
    if not _NAME.fullmatch(name):
        raise ValueError("a key has a name of up to 64 letters, digits, dots, dashes and underscores")
    key = new_key()
    show(key)
    note(
        f"\nThis is the key of {name}. It is shown only now, and kept nowhere. Programs of {name} send it as\n\n"
        "  Authorization: Bearer fgk_...\n\n"
        "To let it in, add this entry to the gateway's FERMATA_KEYS (comma separated), with AUTH_MODE=keys:\n\n"
        f"  {name}:{fingerprint(key)}\n"
    )
    return 0
