"""Keeps MCP sessions in Redis, so that every process that shares it can go on with them."""

from tools.shared_sessions.store import RedisSessionStore

__all__ = ["RedisSessionStore"]
