"""Remembers what Spotify said; never serves one principal what another may not see."""
