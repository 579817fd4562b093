"""The tool `spotify_library`: the signed-in user's saved tracks."""

from tools.library.tool import LIBRARY, LIBRARY_READING, library_tool

__all__ = ["LIBRARY", "LIBRARY_READING", "library_tool"]
