"""The gateway's own authorization server: lets people allow programs to use their Spotify account through it.

No token of Spotify's ever leaves it, and none of its tokens is good anywhere else.
"""
