"""Logs events with fields, to standard error; what looks like a secret never gets there."""

import logging
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Literal, TextIO

import orjson
import structlog
from aiohttp.http_exceptions import HttpProcessingError

_MASK = "[redacted]"
_SECRET_NAME = re.compile(r"token|secret|password|authorization|cookie|api_?key|\bcode\b|verifier", re.IGNORECASE)
_CREDENTIAL = re.compile(r"(?i)\b(bearer|basic)\s+[0-9A-Za-z._~+/=-]{4,}")
_OF_OURS_OR_SPOTIFYS = re.compile(r"\b((?:fgk|fat|frt)_|[AB]Q)[0-9A-Za-z_-]{16,}")
"""Keys and tokens by their beginnings; Spotify's access tokens begin with BQ, refresh tokens and codes with AQ."""

EventDict = MutableMapping[str, Any]
Processor = Callable[[Any, str, EventDict], Mapping[str, Any] | str | bytes]


def configure(
    level: str,
    *,
    style: Literal["auto", "json", "console"],
    stream: TextIO = sys.stderr,
    secrets: tuple[str, ...] = (),
) -> None:
    """Send the log of every library, this one included, to `stream`.

    Standard output stays free: on stdio it belongs to MCP. `secrets` are texts that must not appear whatever field
    they are in.
    """
    console = style == "console" or (style == "auto" and stream.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redactor(secrets),
    ]
    render: Any = structlog.dev.ConsoleRenderer() if console else structlog.processors.JSONRenderer(_json)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # The SDK quotes messages in its stacks. What fails in a tool is logged where the tool is called.
    logging.getLogger("mcp").setLevel(logging.CRITICAL)
    # Our own access event has the route and the request id; two lines per request help nobody.
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    # The client of Redis writes down every message that it is sent.
    logging.getLogger("push_response").setLevel(logging.INFO)
    logging.getLogger("aiohttp.server").addFilter(_without_quotes)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _without_quotes(record: logging.LogRecord) -> bool:
    """Shorten what aiohttp says of a request that is no HTTP; it quotes the line, whatever secret that holds."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.msg, record.exc_info = f"{record.msg}: {type(error).__name__}", None
    return True


def redactor(secrets: tuple[str, ...]) -> Callable[[Any, str, EventDict], EventDict]:
    """Return a processor that masks fields with telling names, credentials in texts, and the given `secrets`."""
    # A setting that is not set is an empty text, which every text contains.
    hidden = tuple(filter(None, secrets))

    def mask(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: _MASK if _is_secret(str(name)) else mask(member) for name, member in value.items()}
        if isinstance(value, list | tuple):
            return [mask(member) for member in value]
        if not isinstance(value, str):
            return value
        for secret in hidden:
            value = value.replace(secret, _MASK)
        value = _CREDENTIAL.sub(lambda match: f"{match[1]} {_MASK}", value)
        return _OF_OURS_OR_SPOTIFYS.sub(lambda match: f"{match[1]}{_MASK}", value)

    def redact(_: Any, __: str, event: EventDict) -> EventDict:
        for name, value in event.items():
            event[name] = _MASK if _is_secret(name) else mask(value)
        return event

    return redact


def _is_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def _json(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=str).decode()
