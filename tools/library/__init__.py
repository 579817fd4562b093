"""The tool `spotify_library`: the signed-in user's saved tracks."""

from tools.library.tool import library_tool

__all__ = ["library_tool"]
