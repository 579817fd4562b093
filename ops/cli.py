"""The command `fermata`; it parses, runs one thing, and turns expected failures into a text and an exit code."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.catalogue import CATALOGUE
from gateway.openapi import openapi
from limiter import JournalInUseError
from ops import demo as demo_mode
from ops import logs
from ops.bootstrap import VERSION, build_app, wire
from ops.client_config import client_config, clients, http_of, stdio_of
from ops.doctor import examine
from ops.login.arguments import add_login, add_user, wish_of
from ops.login.command import login
from ops.login.logout import logout
from ops.login.terminal import Console
from ops.login.whose import principal_of
from ops.new_key import show_new_key
from ops.serve import ListenError, listening, serve, until_stopped
from ops.settings import Settings, SettingsError
from ops.simulator import SimulatorConfig, parse_faults
from ops.simulator import create_app as create_simulator
from ops.warm.command import folder_of, read_wish, warm
from ops.warm.items import BATCHES, BadItemsError
from tools.stdio import serve_stdio

_BAD_SETTINGS = 2


@dataclass(frozen=True, slots=True)
class _Command:
    about: str
    run: Callable[[argparse.Namespace, Mapping[str, str]], Coroutine[Any, Any, int]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command that `arguments`, or the process's own, name; exits with its code."""
    options = parser().parse_args(arguments)
    try:
        code = _run(_COMMANDS[options.command].run(options, os.environ))
    except SettingsError as error:
        code = _complain("These settings do not work:", error.problems)
    except BadItemsError as error:
        code = _complain("This cannot be warmed:", error.problems)
    except (ListenError, JournalInUseError, ValueError) as error:
        code = _complain(str(error), ())
    except KeyboardInterrupt:
        code = 130
    raise SystemExit(code)


def _run(work: Coroutine[Any, Any, int]) -> int:
    try:
        import uvloop  # noqa: PLC0415 - not on Windows
    except ImportError:
        return asyncio.run(work)
    return uvloop.run(work)


async def _serve(_: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = _settings(environ)
    app = build_app(wire(settings))
    await serve(app, settings.host, port=settings.port, announce=lambda base: _show(f"Fermata listens on {base}"))
    return 0


async def _demo(_: argparse.Namespace, environ: Mapping[str, str]) -> int:
    _log_early(environ)
    await demo_mode.demo(environ, show=_show)
    return 0


async def _stdio(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if options.demo:
        _log_early(environ)
        async with demo_mode.simulated(environ) as settings:
            return await _speak(settings)
    return await _speak(_settings(environ))


async def _speak(settings: Settings) -> int:
    gateway = wire(settings)
    async with gateway.opened():
        await serve_stdio(gateway.server)
    return 0


async def _simulator(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    _log_early(environ)
    config = SimulatorConfig(
        profile=options.profile,
        limit=options.limit,
        window_s=options.window,
        quota_per_day=options.quota,
        faults=parse_faults(options.faults),
        redirect_uris=tuple(options.redirect_uri) or SimulatorConfig().redirect_uris,
        rotate_refresh_tokens=options.rotate,
    )
    app = create_simulator(config)
    async with listening(app, "127.0.0.1", port=options.port, setting="--port") as base:
        _show(
            f"Simulated Spotify on {base}. In the terminal of whatever is to use it:\n\n"
            f"  export SPOTIFY_API_URL={base}/v1 SPOTIFY_ACCOUNTS_URL={base}\n"
            f"  export SPOTIFY_CLIENT_ID={config.client_id} SPOTIFY_CLIENT_SECRET={config.client_secret}\n\n"
            f"Sign-ins may end at {', '.join(config.redirect_uris)}.\n"
            f"What it was asked: {base}/_simulator/calls"
        )
        await until_stopped()
    return 0


async def _check_config(_: argparse.Namespace, environ: Mapping[str, str]) -> int:
    for name, value in Settings.from_env(environ).shown():
        _show(f"{name}={value}")
    return 0


async def _openapi(_: argparse.Namespace, __: Mapping[str, str]) -> int:
    _show(orjson.dumps(openapi(CATALOGUE, version=VERSION), option=orjson.OPT_INDENT_2).decode())
    return 0


async def _doctor(_: argparse.Namespace, environ: Mapping[str, str]) -> int:
    logs.configure("WARNING", style="auto")
    ill = False
    async for finding in examine(environ):
        ill |= not finding.well
        _show(f"{'ok  ' if finding.well else 'FAIL'}  {finding.subject}: {finding.detail}")
        if not finding.well:
            _show(f"      {finding.advice}")
    return int(ill)


async def _warm(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    key = environ.get(options.key_env, "").strip()
    if options.key_env and not key:
        raise BadItemsError([f"--key-env: {options.key_env} is not set"])
    wish = read_wish(
        options.items,
        files=options.file,
        kind=options.kind,
        gateway=options.gateway,
        market=options.market,
        again=options.again,
        key=key,
    )
    return await warm(wish, folder=folder_of(environ), show=_show)


async def _login(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = _settings(environ, quiet=True)
    wish, principal = wish_of(options, settings), principal_of(settings, options.user)
    return await login(wish, settings, principal, terminal=Console(_show, environ))


async def _logout(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = _settings(environ, quiet=True)
    principal = principal_of(settings, options.user)
    return await logout(settings, principal, terminal=Console(_show, environ))


async def _key(options: argparse.Namespace, _: Mapping[str, str]) -> int:
    return show_new_key(options.name, show=_show, note=_note)


async def _client_config(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if not options.client:
        for name, where in clients():
            _show(f"{name:<16}{where}")
        return 0
    form = http_of(options.http, key_env=options.key_env) if options.http else stdio_of(environ)
    written = client_config(options.client, form)
    _show(written.text)
    _note(written.hint)
    return 0


def _log_early(environ: Mapping[str, str]) -> None:
    """Log before there are settings; a level that nobody knows is for the settings to complain about."""
    level = environ.get("LOG_LEVEL", "")
    logs.configure(level if level in logging.getLevelNamesMapping() else "INFO", style="auto")


def _settings(environ: Mapping[str, str], *, quiet: bool = False) -> Settings:
    settings = Settings.from_env(environ)
    level = "WARNING" if quiet else settings.log_level
    logs.configure(level, style=settings.fermata_log_format, secrets=settings.secrets)
    return settings


def _show(text: str) -> None:
    # Flushed: whoever waits for the address reads it through a pipe.
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _note(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _complain(heading: str, problems: Sequence[str]) -> int:
    sys.stderr.write("\n".join([f"fermata: {heading}", *(f"  {problem}" for problem in problems)]) + "\n")
    return _BAD_SETTINGS


_COMMANDS: Mapping[str, _Command] = {
    "serve": _Command("run the gateway with the settings of the environment", _serve),
    "demo": _Command("run the gateway in front of a simulated Spotify", _demo),
    "stdio": _Command("speak MCP on standard input and output, for desktop clients", _stdio),
    "simulator": _Command("run the simulated Spotify alone, to test any client against it", _simulator),
    "check-config": _Command(
        "show the effective settings, secrets masked, or what is wrong with them", _check_config
    ),
    "openapi": _Command("print the description of the REST mirror (OpenAPI 3.1)", _openapi),
    "warm": _Command(
        "fill the cache of a running gateway ahead of need, with no more than its background budget", _warm
    ),
    "login": _Command("sign in with Spotify, once, so that calls can be made in your name", _login),
    "logout": _Command("forget the sign-in, and what was read with it", _logout),
    "key": _Command("make a gateway key for AUTH_MODE=keys, and print its entry for FERMATA_KEYS", _key),
    "client-config": _Command("print what an MCP client needs in its settings file", _client_config),
    "doctor": _Command("look for what keeps Fermata from working here", _doctor),
}


def parser() -> argparse.ArgumentParser:
    """Return what takes the command line apart."""
    whole = argparse.ArgumentParser(
        prog="fermata", description="An MCP and REST gateway in front of the Spotify Web API."
    )
    whole.add_argument("--version", action="version", version=f"fermata {VERSION}")
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    parsers = {name: commands.add_parser(name, help=c.about, description=c.about) for name, c in _COMMANDS.items()}
    parsers["stdio"].add_argument("--demo", action="store_true", help="use a simulated Spotify of its own")
    _add_simulator(parsers["simulator"])
    _add_warm(parsers["warm"])
    add_login(parsers["login"])
    add_user(parsers["logout"])
    parsers["key"].add_argument("name", metavar="NAME", help="who gets it; the user of the key goes by this name")
    _add_client_config(parsers["client-config"])
    return whole


def _add_simulator(simulator: argparse.ArgumentParser) -> None:
    defaults = SimulatorConfig()
    simulator.add_argument(
        "--port", type=int, default=9090, help="port to listen on (%(default)s); 0 takes a free one"
    )
    simulator.add_argument(
        "--profile",
        default=defaults.profile,
        choices=["extended_legacy", "extended", "development_legacy", "development"],
        help="what the simulated app may do (%(default)s)",
    )
    simulator.add_argument("--limit", type=int, default=defaults.limit, help="calls per window (%(default)s)")
    simulator.add_argument(
        "--window", type=float, default=defaults.window_s, help="window in seconds (%(default)s)"
    )
    simulator.add_argument("--quota", type=int, default=None, help="calls per family and day (none)")
    simulator.add_argument(
        "--redirect-uri",
        action="append",
        default=[],
        metavar="URI",
        help=f"where a login may end; repeat for more ({' '.join(defaults.redirect_uris)})",
    )
    simulator.add_argument("--rotate", action="store_true", help="let every refresh spend its refresh token")
    simulator.add_argument(
        "--faults", default="", help="failures to inject, such as '429:retry_after=80000,times=1'"
    )


def _add_client_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "client", nargs="?", default="", metavar="NAME", help="which client; without it, all of them are listed"
    )
    parser.add_argument(
        "--http",
        default="",
        metavar="URL",
        help="address of a running gateway; without it, the client starts one of its own (stdio)",
    )
    parser.add_argument(
        "--key-env",
        default="",
        metavar="VARIABLE",
        help="name of the variable that holds the gateway key (with --http, for AUTH_MODE=keys)",
    )


def _add_warm(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _WARM_HELP
    parser.add_argument("items", nargs="*", metavar="ITEM", help="what to warm; - reads one per line")
    parser.add_argument("--file", action="append", default=[], help="file with one item per line, # for comments")
    parser.add_argument("--kind", default="track", choices=list(BATCHES), help="what bare ids are (%(default)s)")
    parser.add_argument("--market", default="", help="country whose catalogue is asked, for example US (none)")
    parser.add_argument(
        "--gateway", default="http://127.0.0.1:8080", help="address of the running gateway (%(default)s)"
    )
    parser.add_argument(
        "--key-env",
        default="",
        metavar="VARIABLE",
        help="name of the variable that holds a gateway key, if one is needed",
    )
    parser.add_argument("--again", action="store_true", help="start over, whatever earlier runs have had")


_WARM_HELP = """\
An ITEM is a Spotify id (see --kind), a URI (spotify:album:ID), an open.spotify.com link, or playlist:ID, which
stands for the playlist's tracks. The cache is the gateway's: without a running one there is nothing to warm.

When the budget is spent it waits, says why, and goes on. Stop it with Ctrl-C whenever you like: the same command
goes on from there (its progress is in DATA_DIR/warm). Exit codes: 0 all is had that Spotify knows, 1 something
could not be had, 2 the command line is wrong, 130 interrupted.
"""
