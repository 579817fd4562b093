"""Users, what they keep, and their playlists; all that writes can change."""
