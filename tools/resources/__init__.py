"""Offers Spotify's things as MCP resources and tells who subscribed when they change; reads only."""

from tools.resources.server import ResourceServer

__all__ = ["ResourceServer"]
