"""The sign-in of whoever sits at this machine, from the command line or from a first call."""
