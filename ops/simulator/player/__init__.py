"""The players of the users: state machines moved by commands and by time alone."""
