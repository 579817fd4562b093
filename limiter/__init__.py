"""Decides when a call to Spotify may leave; admits no more than the window holds at any network delay."""
