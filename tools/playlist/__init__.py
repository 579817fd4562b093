"""The tool `spotify_playlist`: finds, reads, makes and changes playlists of the signed-in user."""

from tools.playlist.tool import PLAYLIST, PLAYLIST_READING, playlist_tool

__all__ = ["PLAYLIST", "PLAYLIST_READING", "playlist_tool"]
