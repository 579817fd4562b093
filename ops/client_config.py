"""What to put into the files of MCP clients so that they reach Fermata; it never holds a secret."""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import orjson
from pydantic import SecretStr
from yarl import URL

from ops.setting_fields import Fields

_NAME: Final = "spotify"
_SERVING: Final = frozenset(
    {"host", "port", "allowed_origins", "auth_mode", "fermata_keys", "fermata_clients", "fermata_public_url"}
)
"""Settings for those who serve others, of no use to a process that speaks with one client."""
_SECRETS: Final = frozenset(name for name, field in Fields.model_fields.items() if field.annotation is SecretStr)
_NEEDED: Final = ("spotify_client_id", "spotify_client_secret")


class NoSuchClientError(ValueError):
    """There is no such client, or none that takes this form; the text says which there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stdio:
    """A process that the client starts.

    Attributes:
        command: Program, with its whole path.
        args: Its arguments.
        plain: Variables whose value may be shown.
        secret: Names of variables whose value may not.
    """

    command: str
    args: tuple[str, ...]
    plain: Mapping[str, str]
    secret: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Http:
    """A gateway that runs.

    Attributes:
        url: Address of its MCP door.
        key_env: Variable with a gateway key; empty if none is needed.
    """

    url: str
    key_env: str = ""


Form = Stdio | Http


@dataclass(frozen=True, slots=True)
class Written:
    """What goes into a client's file.

    Attributes:
        text: JSON, or TOML.
        hint: Where it goes, and what is left to do.
    """

    text: str
    hint: str


@dataclass(frozen=True, slots=True)
class _Client:
    where: str
    write: Callable[[Form], str]
    secrets: str
    http: bool = True


def client_config(name: str, form: Form) -> Written:
    """Return what the client of that name needs.

    Raises:
        NoSuchClientError: There is none of that name, or it does not take the form.
    """
    client = _CLIENTS.get(name)
    if client is None:
        raise NoSuchClientError(f"there is no client {name[:40]!r}; there are {', '.join(_CLIENTS)}")
    if isinstance(form, Http) and not client.http:
        raise NoSuchClientError(
            f"{name} takes no address from its file. Leave --http out, and it starts a gateway of its own; or, if "
            "yours has a public https address and AUTH_MODE=oauth, add that under Settings, Connectors"
        )
    named = form.secret if isinstance(form, Stdio) else tuple(filter(None, (form.key_env,)))
    rest = f" {', '.join(named)}: {client.secrets}." if named else ""
    unset = (
        [name for name, value in form.plain.items() if value == _blank(name)] if isinstance(form, Stdio) else []
    )
    rest += f" {', '.join(unset)}: not set here; write it in by hand." if unset else ""
    return Written(client.write(form), f"Add this to {client.where}.{rest}")


def clients() -> Iterator[tuple[str, str]]:
    """Yield the names of the clients that are known, each with its file."""
    for name, client in _CLIENTS.items():
        yield name, client.where


def stdio_of(environ: Mapping[str, str], *, executable: str = sys.executable) -> Stdio:
    """Return how a client starts this Fermata with the settings of `environ`, of which one may be lacking."""
    beside = Path(executable).with_name("fermata")
    command, args = (str(beside), ("stdio",)) if beside.is_file() else (executable, ("-m", "ops", "stdio"))
    names = [
        name
        for name in Fields.model_fields
        if name in _NEEDED or (name not in _SERVING and environ.get(name.upper(), "").strip())
    ]
    plain = {
        name.upper(): _shown(name, environ.get(name.upper(), "").strip()) for name in names if name not in _SECRETS
    }
    return Stdio(
        command=command,
        args=args,
        plain=plain,
        secret=tuple(name.upper() for name in names if name in _SECRETS),
    )


def http_of(url: str, *, key_env: str = "") -> Http:
    """Return how a client reaches a gateway at `url`, which may leave the path out.

    Raises:
        NoSuchClientError: It is no address.
    """
    parsed = URL(url)
    if parsed.scheme not in {"http", "https"} or not parsed.host or parsed.user:
        raise NoSuchClientError("--http: takes an address such as http://127.0.0.1:8080/mcp")
    return Http(url=str(parsed.with_path("/mcp") if parsed.path == "/" else parsed), key_env=key_env)


def _shown(name: str, value: str) -> str:
    if name == "data_dir":
        # Clients start programs in folders of their own.
        return str(Path(value).expanduser().absolute())
    return value or _blank(name.upper())


def _json(document: Mapping[str, Any]) -> str:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def _entry(form: Form, quote: Callable[[str], str], *, url: str = "url") -> dict[str, Any]:
    if isinstance(form, Stdio):
        env = {**form.plain, **{name: quote(name) for name in form.secret}}
        return {"command": form.command, "args": list(form.args), "env": env}
    headers = {"headers": {"Authorization": f"Bearer {quote(form.key_env)}"}} if form.key_env else {}
    return {url: form.url, **headers}


def _under(
    key: str, quote: Callable[[str], str], *, url: str = "url", typed: bool = False
) -> Callable[[Form], str]:
    def write(form: Form) -> str:
        kind = {"type": "stdio" if isinstance(form, Stdio) else "http"} if typed else {}
        return _json({key: {_NAME: {**kind, **_entry(form, quote, url=url)}}})

    return write


def _vscode(form: Form) -> str:
    named = form.secret if isinstance(form, Stdio) else tuple(filter(None, (form.key_env,)))
    entry = _entry(form, lambda name: f"${{input:{name}}}")
    kind = "stdio" if isinstance(form, Stdio) else "http"
    inputs = [{"type": "promptString", "id": name, "description": name, "password": True} for name in named]
    return _json({**({"inputs": inputs} if inputs else {}), "servers": {_NAME: {"type": kind, **entry}}})


def _codex(form: Form) -> str:
    lines = [f"[mcp_servers.{_NAME}]"]
    if isinstance(form, Http):
        lines.append(f"url = {_toml(form.url)}")
        lines += [f"bearer_token_env_var = {_toml(form.key_env)}"] if form.key_env else []
        return "\n".join(lines)
    lines += [f"command = {_toml(form.command)}", f"args = {_toml(list(form.args))}"]
    lines += [f"env_vars = {_toml(list(form.secret))}", "", f"[mcp_servers.{_NAME}.env]"]
    return "\n".join([*lines, *(f"{name} = {_toml(value)}" for name, value in form.plain.items())])


def _toml(value: str | list[str]) -> str:
    # A basic string of TOML, and a list of them, is written as in JSON.
    return orjson.dumps(value).decode()


def _blank(name: str) -> str:
    return f"YOUR_{name}"


_READS = "write it in by hand; the file then holds it in plain text"
_FROM_ENV = "it is read from the environment in which the client runs"

_CLIENTS: Final[Mapping[str, _Client]] = MappingProxyType(
    {
        "claude-code": _Client(
            ".mcp.json in the folder of the project",
            _under("mcpServers", lambda name: f"${{{name}}}", typed=True),
            _FROM_ENV,
        ),
        "claude-desktop": _Client(
            "claude_desktop_config.json (Settings, Developer, Edit Config)",
            _under("mcpServers", _blank),
            _READS,
            http=False,
        ),
        "cursor": _Client(
            "~/.cursor/mcp.json, or .cursor/mcp.json in the folder of the project",
            _under("mcpServers", lambda name: f"${{env:{name}}}"),
            _FROM_ENV,
        ),
        "vscode": _Client(
            ".vscode/mcp.json in the folder of the project, or what `MCP: Open User Configuration` opens",
            _vscode,
            "VS Code asks for it once, and keeps it to itself",
        ),
        "windsurf": _Client(
            "~/.codeium/windsurf/mcp_config.json",
            _under("mcpServers", lambda name: f"${{env:{name}}}", url="serverUrl"),
            _FROM_ENV,
        ),
        "zed": _Client(
            "settings.json of Zed (`zed: open settings`)",
            _under("context_servers", _blank),
            _READS,
        ),
        "gemini-cli": _Client(
            "~/.gemini/settings.json, or .gemini/settings.json in the folder of the project",
            _under("mcpServers", lambda name: f"${name}", url="httpUrl"),
            _FROM_ENV,
        ),
        "codex": _Client("~/.codex/config.toml", _codex, _FROM_ENV),
    }
)
