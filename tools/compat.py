"""Names the two traditions that the curated tools answer in; they differ only where both could not be kept."""

from enum import StrEnum


class Compat(StrEnum):
    """Whose word counts where the published catalog and iceener's code disagree.

    `SEED`: the catalog, and what the gateway knows beyond both. `ICEENER`: the code, for agents and programs that
    were written against it.
    """

    SEED = "seed"
    ICEENER = "iceener"
