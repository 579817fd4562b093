"""The tool `spotify_search`: many queries in one call, each of which succeeds or fails by itself."""

from tools.search.arguments import SearchArguments
from tools.search.result import SearchResult
from tools.search.tool import search_tool

__all__ = ["SearchArguments", "SearchResult", "search_tool"]
