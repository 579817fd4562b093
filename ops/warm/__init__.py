"""Fills the cache of a running gateway ahead of need, with no more than its background budget."""
