"""The tool `spotify_playlist`: finds, reads, makes and changes playlists of the signed-in user."""

from tools.playlist.tool import playlist_tool

__all__ = ["playlist_tool"]
