"""Devices of a user: what can play, and which of it listens to commands."""

import hashlib
from dataclasses import dataclass
from typing import Final

from ops.simulator.objects.objects import Json


@dataclass(slots=True, kw_only=True)
class Device:
    """One device.

    Attributes:
        id: 40 hexadecimal digits; None for a device that the API shows but cannot address.
        name: what its owner calls it.
        kind: what it is, such as `Computer`.
        restricted: no command reaches it.
        supports_volume: its volume can be set from afar.
        volume: percent, or None when it does not tell.
    """

    id: str | None
    name: str
    kind: str
    restricted: bool = False
    supports_volume: bool = True
    volume: int | None = 65

    def body(self, *, active: bool) -> Json:
        """The device object."""
        return {
            "id": self.id,
            "is_active": active,
            "is_private_session": False,
            "is_restricted": self.restricted,
            "name": self.name,
            "supports_volume": self.supports_volume,
            "type": self.kind,
            "volume_percent": self.volume,
        }


COMPUTER: Final = "Desk Computer"
PHONE: Final = "Pocket Phone"
SPEAKER: Final = "Kitchen Speaker"
TELEVISION: Final = "Old Television"


def device_id(user_id: str, name: str) -> str:
    """The identifier of a user's device."""
    return hashlib.sha256(f"device:{user_id}:{name}".encode()).hexdigest()[:40]


def devices_of(user_id: str) -> tuple[Device, ...]:
    """Fresh devices of a user: one that does everything, one without volume, and two beyond control."""
    return (
        Device(id=device_id(user_id, COMPUTER), name=COMPUTER, kind="Computer"),
        Device(id=device_id(user_id, PHONE), name=PHONE, kind="Smartphone", supports_volume=False, volume=100),
        Device(id=device_id(user_id, SPEAKER), name=SPEAKER, kind="Speaker", restricted=True, volume=40),
        Device(id=None, name=TELEVISION, kind="TV", restricted=True, supports_volume=False, volume=None),
    )
