"""Puts together who may call and in whose name calls are made, as the settings want it; opens no connection."""

from gateway.auth.vault import Vault
from ops.settings import Settings


def vault_of(settings: Settings) -> Vault:
    """Return where secrets are kept: in Redis if processes share one, else in a file of the data folder."""
    raise NotImplementedError(settings)
