"""Kinds of text that settings hold; one that would not work is refused with what to write instead."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Final

from pydantic import AfterValidator, SecretStr, StringConstraints
from yarl import URL

from gateway.guards import LOOPBACK
from gateway.oauth.address import parse
from gateway.oauth.redirect_rule import redirect_problem
from tools.generated.toolsets import TOOLSETS
from tools.selection import Selection
from tools.view import UnknownSelectionError

_KEY_NAME: Final = re.compile(r"[0-9A-Za-z._-]{1,64}")
_LEAST_SECRET: Final = 32
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def _host(host: str) -> str:
    if host != "localhost":
        try:
            ipaddress.ip_address(host)
        except ValueError:
            raise ValueError(
                "is an address of this machine: 127.0.0.1 for itself, 0.0.0.0 for all its networks"
            ) from None
    return host


def _base_url(text: str) -> str:
    url = URL(text)
    if url.scheme not in {"http", "https"} or not url.host or url.query_string or url.fragment or url.user:
        raise ValueError(
            "must be an http or https address without a query, for example https://api.spotify.com/v1"
        )
    return text.rstrip("/")


def _public_url(text: str) -> str:
    if not text:
        return text
    url = URL(text)
    if not url.host or url.path != "/" or url.query_string or url.fragment or url.user:
        raise ValueError("is scheme, host and port only, for example https://music.example.com")
    if url.scheme != "https" and not (url.scheme == "http" and url.host in LOOPBACK):
        raise ValueError("must begin with https://; http is for 127.0.0.1 only, where nobody listens in between")
    origin = str(url.origin())
    if (address := parse(origin)) is None or address.origin != origin:
        raise ValueError(
            "has a host or port that no token could be bound to; write a plain name, without underscores"
        )
    return origin


def _redirect_uri(text: str) -> str:
    # Spotify takes no `localhost` since April 2025, and http for loopback literals only.
    url = URL(text)
    loopback = url.scheme == "http" and url.host in {"127.0.0.1", "::1"}
    if not url.host or not (url.scheme == "https" or loopback) or url.query_string or url.fragment or url.user:
        raise ValueError("must be like http://127.0.0.1:8888/callback; Spotify takes no localhost")
    return text


def keys_of(text: str) -> Mapping[str, str]:
    """Return the SHA-256 of each key, in hexadecimal, by the name of who has it.

    Raises:
        ValueError: An entry is no `name:hash`, or a name comes twice.
    """
    pairs = [entry.strip().partition(":") for entry in text.split(",") if entry.strip()]
    for name, _, digest in pairs:
        if not _KEY_NAME.fullmatch(name) or not _DIGEST.fullmatch(digest):
            raise ValueError("takes entries as `fermata key NAME` prints them, comma separated")
    keys = {name: digest for name, _, digest in pairs}
    if len(keys) < len(pairs):
        raise ValueError("names somebody twice")
    return keys


def _keys(text: str) -> str:
    keys_of(text)
    return text


def clients_of(text: str) -> Mapping[str, Sequence[str]]:
    """Return the redirect URIs of each client by its id.

    Raises:
        ValueError: An entry is no `id=redirect-uri`, or no code could be sent there.
    """
    clients: dict[str, list[str]] = {}
    for entry in filter(None, map(str.strip, text.split(","))):
        client_id, _, uri = entry.partition("=")
        if not _KEY_NAME.fullmatch(client_id) or redirect_problem(uri):
            raise ValueError(
                "takes id=redirect-uri, comma separated, for example app=http://127.0.0.1:6274/callback; "
                "http is for this machine only"
            )
        clients.setdefault(client_id, []).append(uri)
    return clients


def _clients(text: str) -> str:
    clients_of(text)
    return text


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


def _sealing(secret: SecretStr) -> SecretStr:
    if 0 < len(secret.get_secret_value()) < _LEAST_SECRET:
        raise ValueError(f"needs {_LEAST_SECRET} characters or more that nobody can guess, or none")
    return secret


def _redis(url: SecretStr) -> SecretStr:
    if url.get_secret_value() and URL(url.get_secret_value()).scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("must begin with redis://, rediss:// or unix://")
    return url


Text = Annotated[str, StringConstraints(strip_whitespace=True)]
Name = Annotated[Text, StringConstraints(min_length=1)]
Host = Annotated[Text, AfterValidator(_host)]
BaseUrl = Annotated[Text, AfterValidator(_base_url)]
PublicUrl = Annotated[Text, AfterValidator(_public_url)]
RedirectUri = Annotated[Text, AfterValidator(_redirect_uri)]
Keys = Annotated[Text, AfterValidator(_keys)]
Clients = Annotated[Text, AfterValidator(_clients)]
Origins = Annotated[Text, AfterValidator(_origins)]
Toolsets = Annotated[Text, AfterValidator(_toolsets)]
SealingSecret = Annotated[SecretStr, AfterValidator(_sealing)]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis)]
