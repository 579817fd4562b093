"""`python -m ops` is the `fermata` command, for a checkout that is not installed."""

from ops.cli import main

main()
