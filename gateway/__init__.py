"""Speaks Spotify outward and REST inward, through one call pipeline."""
