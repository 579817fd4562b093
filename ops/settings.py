"""Every setting, read once from the environment; all problems are reported together, and no secret is printed."""

import difflib
import re
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

from cache import CacheConfig, Eviction, Owners
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
from ops.setting_kinds import BaseUrl, Host, Name, Origins, RedisUrl, Text, Toolsets
from tools.compat import Compat
from tools.generated.toolsets import TOOLSETS
from tools.selection import Selection
from tools.transport.config import TransportConfig as McpConfig

_OWN_PREFIX = "FERMATA_"
# Descriptions are written for docs/settings.md, and shown on terminals too.
_LINK = re.compile(r"\[([^]]+)\]\([^)]+\)")
_MIB = 1024 * 1024
_DAY_GUESS = 500
"""Reports of development apps that were stopped name about 500 to 600 calls of a kind in a day (2026)."""


class SettingsError(Exception):
    """The environment does not make a working gateway; `problems` holds one sentence for each fault."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseModel):
    """The settings of one process, frozen; each field is the variable of the same name in capitals."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=False, hide_input_in_errors=True)

    host: Host = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least level that is logged."
    )
    spotify_client_id: Name = Field(description="Client id of your Spotify app.")
    spotify_client_secret: Annotated[SecretStr, Field(min_length=1)] = Field(
        description="Client secret of your Spotify app."
    )
    fermata_refresh_token: SecretStr = Field(
        SecretStr(""), description="Refresh token of the user whose library and player are used; empty: no user."
    )
    spotify_api_url: BaseUrl = Field("https://api.spotify.com/v1", description="Base of the Web API.")
    spotify_accounts_url: BaseUrl = Field(
        "https://accounts.spotify.com", description="Base of the accounts service."
    )
    spotify_profile: Profile = Field(
        Profile.AUTO,
        description="What Spotify lets your app do; `auto` finds out, at one call for each route that it lacks. "
        "Processes share a cache only if they have the same value.",
    )
    spotify_account: Text = Field(
        "", description="Developer account whose day quota is shared; empty: the client id stands for it."
    )
    rate_limit_calls: int = Field(
        30, ge=1, le=100_000, description="Calls per window. Spotify publishes no number; the default is a guess."
    )
    rate_limit_window: float = Field(30.0, gt=0, le=3600, description="Length of the rolling window, in seconds.")
    quota_calls_per_day: int | None = Field(
        None,
        ge=0,
        le=10_000_000,
        description="Calls per account, kind of call and rolling day, after which background and crawl calls "
        "stop; 0 counts none. Spotify publishes no number: unset, it is 500 in development profiles, 0 in others.",
    )
    fermata_discover_up_to: int = Field(
        0,
        ge=0,
        le=100_000,
        description="Largest window to look for by trying, beginning with RATE_LIMIT_CALLS; costs a 429 now and "
        "then. 0 keeps to RATE_LIMIT_CALLS.",
    )
    fermata_user_calls: int = Field(
        0, ge=0, le=100_000, description="Calls of each window that one user may use; 0 is all."
    )
    data_dir: Path = Field(
        Path("~/.local/state/fermata"), description="Folder for what is remembered across restarts."
    )
    allowed_origins: Origins = Field(
        "", description="Origins of web pages that may call the gateway, comma separated."
    )
    auth_mode: Literal["local"] = Field(
        "local", description="Who may call: `local`, this machine without credentials."
    )
    toolsets: Toolsets = Field(
        "core",
        description="MCP tools that `/mcp`, `/sse` and stdio show: `core`, the few for agents; `full`, one for "
        "each operation too; or names of [toolsets](tools.md), comma separated. With `readonly` among them, no "
        "address shows a tool that changes anything.",
    )
    fermata_compat: Compat = Field(
        Compat.SEED,
        description="In whose words the five core tools answer where the two traditions they serve disagree: "
        "`seed`, the published catalog; `iceener`, iceener's code, for agents that were written against it.",
    )
    redis_url: RedisUrl = Field(
        SecretStr(""),
        description="Redis (6.2 or later) or Valkey through which processes share one budget, for example "
        "redis://127.0.0.1:6379/0, and those of one app a cache and MCP sessions; empty: this process has all of "
        "it for itself.",
    )
    fermata_outage_mode: Literal["floor", "freeze", "closed"] = Field(
        "floor",
        description="What may leave while Redis cannot be reached: `floor`, control and interactive calls within "
        "a small share that is kept for each process; `freeze`, an equal share, right only if no process reaches "
        "Redis; `closed`, nothing.",
    )
    workers: Literal["1"] = Field(
        "1",
        description="Processes, for now always 1. For more, start several with the same REDIS_URL, each with a "
        "PORT of its own.",
    )
    fermata_deadline_s: float = Field(
        60.0, gt=0, le=3600, description="How long a call may wait for the budget, in seconds."
    )
    fermata_inbound_per_s: float = Field(
        50.0,
        ge=0,
        le=1_000_000,
        description="Requests per second that one caller may send to the gateway on end; 0 sets no limit.",
    )
    fermata_inbound_burst: int = Field(
        100, ge=1, le=1_000_000, description="Requests that one caller may send at once, after a rest."
    )
    fermata_inbound_wait_s: float = Field(
        1.0,
        ge=0,
        le=60,
        description="How long a request that comes too fast is held back at most, in seconds; beyond that it is "
        "answered with 429.",
    )
    fermata_max_sessions: int = Field(
        1000,
        ge=1,
        le=1_000_000,
        description="MCP sessions that may be open at once. When all are taken, a newcomer gets the place of one "
        "that was quiet for a minute, or 503.",
    )
    fermata_session_idle_s: float = Field(
        1800.0,
        gt=0,
        le=604_800,
        description="How long an MCP session without an open stream is kept though nobody uses it, in seconds.",
    )
    fermata_cache_mib: int = Field(
        64,
        ge=0,
        le=65536,
        description="Memory for cached answers, in MiB; 0 keeps none in this process, but still in Redis.",
    )
    fermata_cache_entries: int = Field(
        100_000, ge=1, le=100_000_000, description="Largest number of answers cached in memory."
    )
    fermata_cache_eviction: Eviction = Field(
        "s3fifo",
        description="Which cached answers make room for new ones: `s3fifo`, those that were asked for only once; "
        "`lru`, those that were not asked for in the longest time.",
    )
    fermata_cache_keep_s: float = Field(
        172_800.0,
        gt=0,
        le=604_800,
        description="How long anything is cached at most, in seconds; fresh or to fall back on. Seven days is the "
        "most that may be set.",
    )
    fermata_cache_redis_url: RedisUrl = Field(
        SecretStr(""),
        description="Redis for the shared cache, if it is to be another than that of REDIS_URL: one that drops "
        "what it has no room for must not hold the budget.",
    )
    fermata_log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="Shape of the log; `auto` is console on a terminal and JSON elsewhere."
    )

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
        origins = (origin.strip().lower() for origin in self.allowed_origins.split(","))
        return Guard(hosts=LOOPBACK | {self.host.lower()}, origins=frozenset(filter(None, origins)))


def _contradictions(settings: Settings) -> Iterator[str]:
    """Yield what does not go together, though each by itself would do."""
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
