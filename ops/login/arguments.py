"""What the commands about sign-ins take, and what it means for the settings."""

import argparse

from ops.login.desk import PATIENCE_S
from ops.login.wish import Wish, scopes_of
from ops.settings import Settings

_LOGIN_HELP = """\
It opens your browser at Spotify's page, where you sign in and allow what is listed, and waits until the browser
comes back. SPOTIFY_REDIRECT_URI must be registered with your Spotify app, letter for letter; docs/sign-in.md shows
how.

Exit codes: 0 signed in, 1 refused or failed, 2 the command line or a setting is wrong, 130 interrupted.
"""


def add_login(parser: argparse.ArgumentParser) -> None:
    """Let `parser` take what `fermata login` does."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _LOGIN_HELP
    parser.add_argument(
        "--no-browser",
        action="store_true",
        help="for a remote shell: sign in on any machine, and paste the address at which the browser ends",
    )
    parser.add_argument(
        "--scopes",
        default="",
        metavar="all|NAME,...",
        help="what to ask for (what the tools of TOOLSETS can use)",
    )
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=PATIENCE_S,
        metavar="S",
        help="seconds to wait for you (%(default)g)",
    )
    add_user(parser)


def add_user(parser: argparse.ArgumentParser) -> None:
    """Let `parser` take whose sign-in it is."""
    parser.add_argument(
        "--user", default="", metavar="NAME", help="with AUTH_MODE=keys: name of the key whose user it is"
    )


def wish_of(options: argparse.Namespace, settings: Settings) -> Wish:
    """Return what a checked command line wants.

    Raises:
        BadScopesError: It asks for scopes that do not exist.
    """
    return Wish(
        scopes=scopes_of(options.scopes, settings.selection),
        browser=not options.no_browser,
        timeout_s=options.timeout,
    )


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= 86_400:  # noqa: PLR2004 - a day
        raise argparse.ArgumentTypeError("takes seconds, more than 0 and no more than 86400")
    return value
