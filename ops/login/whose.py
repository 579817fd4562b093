"""Whose sign-in a command is about: a name that the settings do not have is nobody's."""

from gateway.principal import LOCAL, Principal
from ops.settings import Settings


class NotHereError(ValueError):
    """Nobody signs in in this way with these settings; the text says how it is done."""


def principal_of(settings: Settings, user: str) -> Principal:
    """Return who signs in on the command line; `user` is the name of a key, in the mode that has keys.

    Raises:
        NotHereError: Nobody does in this mode, or nobody has that name.
    """
    if settings.auth_mode == "oauth":
        raise NotHereError(
            "With AUTH_MODE=oauth users sign in through the gateway's pages, when a program asks to be let in"
        )
    if settings.auth_mode == "local":
        if user:
            raise NotHereError("--user is for AUTH_MODE=keys; with AUTH_MODE=local there is one user only")
        return LOCAL
    names = ", ".join(sorted(settings.keys))
    if not user:
        raise NotHereError(f"--user says for which key the user signs in; there are {names}")
    if user not in settings.keys:
        raise NotHereError(f"--user: FERMATA_KEYS has no key {user[:64]!r}; there are {names}")
    return Principal(f"key:{user}")
