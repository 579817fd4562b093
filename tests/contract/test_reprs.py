"""No value shows a secret when it is printed, as the stack of an unexpected error may do."""

import dataclasses
import importlib
import pkgutil
import re
from collections.abc import Iterator

from pydantic import SecretStr

import cache
import gateway
import limiter
import ops
import tools
from ops.settings import Settings

SECRET = re.compile(
    "token|secret|verifier|passw|code|cookie|bearer|credential|state|key|hidden|authorization", re.IGNORECASE
)
HARMLESS = {
    "cache.shared.claims._Claim.token": "says who holds a lock",
    "cache.tiered.Found.key": "of the cache; owners stand in it by a keyed hash",
    "cache.tiered.Seed.key": "of the cache",
    "cache.tiered._Want.key": "of the cache",
    "gateway.auth.accounts.Account.tokens": "a provider, which shows nothing",
    "gateway.auth.kept_accounts._Known.tokens": "a provider",
    "gateway.auth.locker.Locker.key": "names an account",
    "gateway.auth.sign_in.SignIn.with_secret": "a truth value",
    "gateway.loader.Identity.tokens": "a provider",
    "gateway.oauth.failure.Failure.code": "a word of the protocol",
    "gateway.oauth.identity.Identity.account_key": "names a Spotify account",
    "gateway.oauth.ledger.LedgerConfig.code_s": "a span of time",
    "gateway.problem.Problem.code": "a word for programs",
    "gateway.upstream._Failure.renew_token": "a truth value",
    "ops.bootstrap.Gateway.tokens": "a provider",
    "ops.demo._Staged.key": "made for one demo, to be shown",
    "ops.client_config.Http.key_env": "the name of a variable",
    "ops.client_config.Stdio.secret": "names of variables",
    "ops.client_config._Client.secrets": "says where secrets are asked for",
    "tools.player.playback.Playback.state": "of the player",
    "tools.transport.exchange.Exchange.progress_token": "chosen by a client, for itself",
    "tools.transport.kernel.Kernel.state": "of the server's life",
    "tools.transport.store.Lease.key": "names a session's lock",
}


def shown() -> Iterator[tuple[str, str]]:
    """Yield each field that is shown, as module and class with the name."""
    for package in (cache, gateway, limiter, ops, tools):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            # The simulator is somebody else; and who imports `__main__` runs it.
            if found.name.startswith("ops.simulator") or found.name.endswith("__main__"):
                continue
            module = importlib.import_module(found.name)
            for kind in vars(module).values():
                if isinstance(kind, type) and kind.__module__ == found.name:
                    yield from ((f"{found.name}.{kind.__qualname__}", name) for name in _shown_by(kind))


def _shown_by(kind: type) -> Iterator[str]:
    if dataclasses.is_dataclass(kind):
        yield from (field.name for field in dataclasses.fields(kind) if field.repr)
    elif issubclass(kind, tuple):
        yield from getattr(kind, "_fields", ())


def test_what_sounds_like_a_secret_is_not_shown_or_is_known_to_be_none() -> None:
    found = {f"{where}.{name}" for where, name in shown() if SECRET.search(name)}
    assert found - set(HARMLESS) == set(), "give it repr=False, or say here why it is harmless"
    assert set(HARMLESS) - found == set(), "gone"


def test_settings_that_sound_like_secrets_are_kept_as_such() -> None:
    known = {"fermata_keys", "fermata_access_token_s"}
    for name, field in Settings.model_fields.items():
        if SECRET.search(name) and name not in known:
            assert field.annotation is SecretStr, name
