"""Speaks MCP: the curated tools and the wires that carry them; never opens a connection to Spotify itself."""
