"""Every variable that the environment may set, as data; kind, default and meaning of each stand nowhere else."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from cache import Eviction
from gateway.endpoint import Profile
from ops.setting_kinds import (
    BaseUrl,
    Clients,
    Host,
    Keys,
    Name,
    Origins,
    PublicUrl,
    RedirectUri,
    RedisUrl,
    SealingSecret,
    Text,
    Toolsets,
)
from tools.compat import Compat


class Fields(BaseModel):
    """The settings of one process, frozen; each field is the variable of the same name in capitals."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=False, hide_input_in_errors=True)

    host: Host = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least level that is logged."
    )
    spotify_client_id: Name = Field(
        description="Client id of your Spotify app, as developer.spotify.com/dashboard shows it."
    )
    spotify_client_secret: Annotated[SecretStr, Field(min_length=1)] = Field(
        description="Client secret of your Spotify app, from the same page."
    )
    spotify_redirect_uri: RedirectUri = Field(
        "http://127.0.0.1:8888/callback",
        description="Where Spotify sends the browser in the mode `local` and after `fermata login`; register it "
        "with your Spotify app, letter for letter.",
    )
    fermata_refresh_token: SecretStr = Field(
        SecretStr(""),
        description="Refresh token of the user of the mode `local`, if you have one from elsewhere, issued "
        "to this app; it goes before what `fermata login` keeps, which usually does without.",
    )
    fermata_secret: SealingSecret = Field(
        SecretStr(""),
        description="Random text of 32 characters or more, such as `openssl rand -hex 32` prints, that seals what "
        "is kept of sign-ins and tokens; empty: the client secret does. With another one, everybody has to sign "
        "in again.",
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
        0, ge=0, le=100_000, description="Calls of each window that one user, or key, may use; 0 is all."
    )
    data_dir: Path = Field(
        Path("~/.local/state/fermata"), description="Folder for what is remembered across restarts."
    )
    allowed_origins: Origins = Field(
        "", description="Origins of web pages that may call the gateway, comma separated."
    )
    auth_mode: Literal["local", "keys", "oauth"] = Field(
        "local",
        description="Who may call: `local`, this machine without credentials; `keys`, whoever has one of "
        "FERMATA_KEYS; `oauth`, programs that a Spotify user has allowed, through the gateway's own pages.",
    )
    fermata_public_url: PublicUrl = Field(
        "",
        description="Address by which browsers and programs reach the gateway, for example "
        "https://music.example.com; `oauth` needs it, and `keys` if users are to sign in by the browser. Register "
        "the same with `/oauth/callback` behind it as a redirect URI of your Spotify app.",
    )
    fermata_keys: Keys = Field(
        "",
        description="Keys of the mode `keys`, comma separated; `fermata key NAME` makes one and prints its entry.",
    )
    fermata_clients: Clients = Field(
        "",
        description="Programs that the mode `oauth` knows beforehand: `id=redirect-uri`, comma separated, for "
        "example player=http://127.0.0.1:7777/back; an id may come several times.",
    )
    fermata_registration: Literal["off", "on"] = Field(
        "off",
        description="Whether programs may register themselves in the mode `oauth` (RFC 7591), as MCP clients do "
        "that have no metadata document.",
    )
    fermata_access_token_s: float = Field(
        900.0,
        ge=10,
        le=86_400,
        description="How long an access token of the mode `oauth` is good, in seconds; programs renew it by "
        "themselves.",
    )
    fermata_pass_through: Literal["off", "on"] = Field(
        "off",
        description="Whether `/v1`, in every mode, takes a Spotify token of the caller's own, as `Authorization: "
        "Bearer`, for calls in that user's name. MCP never does.",
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
