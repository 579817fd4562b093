"""Every setting, read once from the environment; all problems are reported together, and no secret is printed."""

import difflib
import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, SecretStr, ValidationError
from yarl import URL

from cache import CacheConfig, Owners
from gateway.auth.tokens import Credentials
from gateway.catalogue import CATALOGUE
from gateway.client import ClientConfig
from gateway.endpoint import Profile
from gateway.guards import LOOPBACK, Guard
from gateway.transport import TransportConfig
from gateway.upstream import UpstreamConfig
from limiter import LimiterConfig
from limiter.inbound import InboundConfig
from limiter.lease.config import LeaseConfig
from ops.setting_fields import Fields
from ops.setting_kinds import clients_of, keys_of
from tools.generated.toolsets import TOOLSETS
from tools.selection import Selection
from tools.transport.config import TransportConfig as McpConfig

_OWN_PREFIX = "FERMATA_"
# Descriptions are written for docs/settings.md, and shown on terminals too.
_LINK = re.compile(r"\[([^]]+)\]\([^)]+\)")
_MIB = 1024 * 1024
_ON = "on"
_NEWCOMERS = 10
"""The tenth part of the window is for them at once, and as much again comes back within each window."""

_DAY_GUESS = 500
"""Reports of development apps that were stopped name about 500 to 600 calls of a kind in a day (2026)."""


class SettingsError(Exception):
    """The environment does not make a working gateway; `problems` holds one sentence for each fault."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(Fields):
    """The settings of one process, and what each part of the gateway makes of them."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings; an empty variable counts as absent.

        Raises:
            SettingsError: With every problem found.
        """
        given = {
            name: environ[name.upper()].strip()
            for name in cls.model_fields
            if environ.get(name.upper(), "").strip()
        }
        misspelt = tuple(_misspelt(cls, environ))
        try:
            settings = cls.model_validate(given)
        except ValidationError as error:
            faults = tuple(_sentence(cls, problem) for problem in error.errors(include_url=False))
            raise SettingsError(faults + misspelt) from None
        if problems := (*misspelt, *_contradictions(settings)):
            raise SettingsError(problems)
        return settings

    def shown(self) -> Iterator[tuple[str, str]]:
        """Yield each variable with its effective value, secrets masked."""
        for name in type(self).model_fields:
            yield name.upper(), str(getattr(self, name))

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every text that must not be shown; one that is not set is empty."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return tuple(value.get_secret_value() for value in values if isinstance(value, SecretStr))

    @property
    def limiter(self) -> LimiterConfig:
        """The limiter's part."""
        development = self.spotify_profile not in {Profile.EXTENDED, Profile.EXTENDED_LEGACY}
        unset = _DAY_GUESS if development else 0
        return LimiterConfig(
            calls=self.rate_limit_calls,
            window_s=self.rate_limit_window,
            day_calls=unset if self.quota_calls_per_day is None else self.quota_calls_per_day,
            discover_up_to=self.fermata_discover_up_to,
            user_calls=self.fermata_user_calls,
            own_limits=frozenset(entry.family for entry in CATALOGUE.values() if entry.own_limit),
        )

    @property
    def lease(self) -> LeaseConfig:
        """How the limiter's part is shared."""
        return LeaseConfig(call_timeout_s=self.transport.total_s, outage_mode=self.fermata_outage_mode)

    @property
    def limiter_journal(self) -> Path:
        """The file with what the limiter must not forget."""
        return self.data_dir.expanduser() / "limiter.sqlite"

    @property
    def cache(self) -> CacheConfig:
        """The cache's part."""
        return CacheConfig(
            max_bytes=self.fermata_cache_mib * _MIB,
            max_entries=self.fermata_cache_entries,
            eviction=self.fermata_cache_eviction,
            keep_s=self.fermata_cache_keep_s,
        )

    @property
    def cache_redis_url(self) -> str:
        """Where the cache is shared; empty: nowhere."""
        return (self.fermata_cache_redis_url.get_secret_value()) or self.redis_url.get_secret_value()

    @property
    def namespace(self) -> str:
        """What processes share of which a Redis may hold several: one app, and whom it asks."""
        # What a simulator said is nothing to those who ask Spotify itself.
        return f"{self.spotify_client_id} {self.spotify_api_url}"

    @property
    def owners(self) -> Owners:
        """How Redis hears of users: alike wherever they sign in to this app, and for nobody to guess."""
        secret = blake2b(self.spotify_client_secret.get_secret_value().encode()).digest()
        # Every gateway calls its user by the same name. Two on one Redis may have different ones, and so may one
        # gateway before and after a restart.
        user = self.fermata_refresh_token.get_secret_value().encode()
        return Owners(blake2b(user, key=secret, person=b"fermata.owners").digest())

    @property
    def client(self) -> ClientConfig:
        """The part of the pipeline."""
        return ClientConfig(profile=self.spotify_profile, deadline_s=self.fermata_deadline_s)

    @property
    def login_redirect_uri(self) -> str:
        """Where Spotify sends the browsers of those who sign in on the gateway's own pages."""
        return f"{self.fermata_public_url}/oauth/callback"

    @property
    def keys(self) -> Mapping[str, str]:
        """The SHA-256 of each gateway key by the name of who has it."""
        return keys_of(self.fermata_keys)

    @property
    def clients(self) -> Mapping[str, Sequence[str]]:
        """The redirect URIs of the clients that are known beforehand, by client id."""
        return clients_of(self.fermata_clients)

    @property
    def passes_through(self) -> bool:
        """Whether callers may bring Spotify tokens of their own."""
        return self.fermata_pass_through == _ON

    @property
    def registers(self) -> bool:
        """Whether programs may register themselves."""
        return self.fermata_registration == _ON

    @property
    def sealing_secret(self) -> bytes:
        """What secrets at rest are sealed with."""
        secret = self.fermata_secret.get_secret_value() or self.spotify_client_secret.get_secret_value()
        return secret.encode()

    @property
    def vault_file(self) -> Path:
        """The file with what is kept of sign-ins and tokens, if no Redis has it."""
        return self.data_dir.expanduser() / "vault.sqlite"

    @property
    def selection(self) -> Selection:
        """The MCP tools of an address that names none."""
        return Selection.of_setting(self.toolsets, TOOLSETS)

    @property
    def inbound(self) -> InboundConfig:
        """How fast one caller may send."""
        return InboundConfig(
            per_s=self.fermata_inbound_per_s, burst=self.fermata_inbound_burst, wait_s=self.fermata_inbound_wait_s
        )

    @property
    def newcomers(self) -> InboundConfig:
        """How fast tokens may come that Spotify has not accepted; all together, a fifth of any window at most."""
        calls, window_s = self.rate_limit_calls, self.rate_limit_window
        return InboundConfig(
            per_s=calls / window_s / _NEWCOMERS,
            burst=max(1, calls // _NEWCOMERS),
            wait_s=self.fermata_inbound_wait_s,
        )

    @property
    def upstream(self) -> UpstreamConfig:
        """Whose quota is spent, and where."""
        return UpstreamConfig(
            api_url=self.spotify_api_url,
            account=self.spotify_account or self.spotify_client_id,
            client_id=self.spotify_client_id,
        )

    @property
    def credentials(self) -> Credentials:
        """The app, with its secret."""
        return Credentials(
            client_id=self.spotify_client_id,
            client_secret=self.spotify_client_secret.get_secret_value(),
            accounts_url=self.spotify_accounts_url,
        )

    @property
    def transport(self) -> TransportConfig:
        """The part of the connection pool."""
        return TransportConfig()

    @property
    def mcp(self) -> McpConfig:
        """The MCP transport's part."""
        return McpConfig(
            guard=self.guard, max_sessions=self.fermata_max_sessions, session_idle_s=self.fermata_session_idle_s
        )

    @property
    def lessons(self) -> Path:
        """The file with what was learned about the app."""
        return self.data_dir.expanduser() / "lessons.json"

    @property
    def guard(self) -> Guard:
        """Which hosts and pages may call."""
        origins = {origin.strip().lower() for origin in self.allowed_origins.split(",")}
        hosts = LOOPBACK | {self.host.lower()}
        if self.fermata_public_url:
            # The pages of the gateway itself send forms to it.
            origins.add(self.fermata_public_url)
            hosts |= {str(URL(self.fermata_public_url).host)}
        everywhere = self.host != "localhost" and ipaddress.ip_address(self.host).is_unspecified
        return Guard(hosts=hosts, origins=frozenset(origins - {""}), addresses=everywhere)


def _contradictions(settings: Settings) -> Iterator[str]:
    """Yield what does not go together, though each by itself would do."""
    local, mode = (
        settings.host == "localhost" or ipaddress.ip_address(settings.host).is_loopback,
        settings.auth_mode,
    )
    if mode == "local" and not local:
        yield "HOST: without credentials the gateway serves this machine only; use 127.0.0.1, or another AUTH_MODE"
    if mode == "local" and settings.fermata_public_url:
        yield "FERMATA_PUBLIC_URL: the mode local serves this machine only; unset it, or set another AUTH_MODE"
    if mode == "oauth" and not settings.fermata_public_url:
        yield "FERMATA_PUBLIC_URL: the mode oauth needs the address by which browsers reach the gateway"
    if mode == "keys" and not settings.fermata_keys:
        yield "FERMATA_KEYS: the mode keys needs at least one; make it with `fermata key NAME`"
    most = settings.fermata_discover_up_to
    if most and settings.redis_url.get_secret_value():
        yield "FERMATA_DISCOVER_UP_TO: looks for the limit in a single process; unset it, or REDIS_URL"
    if 0 < most < settings.rate_limit_calls:
        yield "FERMATA_DISCOVER_UP_TO: is below RATE_LIMIT_CALLS, where the search begins; raise it, or set 0"


def _misspelt(cls: type[BaseModel], environ: Mapping[str, str]) -> Iterator[str]:
    own = [name.upper() for name in cls.model_fields]
    for name in environ:
        if name.startswith(_OWN_PREFIX) and name not in own:
            near = difflib.get_close_matches(name, own, n=1)
            yield f"{name}: there is no such setting" + (f"; did you mean {near[0]}?" if near else "")


def _sentence(cls: type[BaseModel], problem: Any) -> str:
    """Say what is wrong with one variable; never with its value, which may be a secret."""
    name = str(problem["loc"][0])
    about = _LINK.sub(r"\1", cls.model_fields[name].description or "")
    if problem["type"] == "missing":
        return f"{name.upper()}: is missing. {about}"
    message = problem["msg"].removeprefix("Value error, ")
    return f"{name.upper()}: {message[0].lower()}{message[1:]}. {about}"
