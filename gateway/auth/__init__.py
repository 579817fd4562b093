"""Spotify's side of identity: where the token of a call comes from; no token ever reaches a log."""
