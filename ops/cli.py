"""Command line of Fermata."""


def main() -> None:
    """Run the command that the arguments name."""
    raise SystemExit("not yet")
