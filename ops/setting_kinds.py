"""Kinds of text that settings hold; one that would not work is refused with what to write instead."""

import ipaddress
from typing import Annotated

from pydantic import AfterValidator, SecretStr, StringConstraints
from yarl import URL

from tools.generated.toolsets import TOOLSETS
from tools.selection import Selection
from tools.view import UnknownSelectionError


def _loopback(host: str) -> str:
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise ValueError(
            "without credentials the gateway serves this machine only; use 127.0.0.1, ::1 or localhost"
        )
    return host


def _base_url(text: str) -> str:
    url = URL(text)
    if url.scheme not in {"http", "https"} or not url.host or url.query_string or url.fragment or url.user:
        raise ValueError(
            "must be an http or https address without a query, for example https://api.spotify.com/v1"
        )
    return text.rstrip("/")


def _origins(text: str) -> str:
    for origin in text.split(","):
        url = URL(origin.strip())
        if url.scheme not in {"http", "https"} or not url.host or str(url.origin()) != origin.strip():
            raise ValueError(
                f"{origin.strip()[:60]!r} is no origin; name scheme, host and port only, for example https://app.example"
            )
    return text


def _toolsets(text: str) -> str:
    try:
        Selection.of_setting(text, TOOLSETS)
    except UnknownSelectionError as error:
        raise ValueError(str(error)) from None
    return text


def _redis(url: SecretStr) -> SecretStr:
    if url.get_secret_value() and URL(url.get_secret_value()).scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("must begin with redis://, rediss:// or unix://")
    return url


Text = Annotated[str, StringConstraints(strip_whitespace=True)]
Name = Annotated[Text, StringConstraints(min_length=1)]
Host = Annotated[Text, AfterValidator(_loopback)]
BaseUrl = Annotated[Text, AfterValidator(_base_url)]
Origins = Annotated[Text, AfterValidator(_origins)]
Toolsets = Annotated[Text, AfterValidator(_toolsets)]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis)]
