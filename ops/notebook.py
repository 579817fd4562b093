"""Keeps what Spotify's answers taught about the app, across restarts; losing the file costs a call or two."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import orjson
import structlog

from ops.metrics import Metrics

_log = structlog.stdlib.get_logger("fermata")


class FileNotebook:
    """What one client id lacks, in a JSON file that several may share; written whole or not at all.

    Args:
        path: The file; its folder is made when there is something to write.
        client_id: The app.
        metrics: Shows each endpoint that it lacks.
    """

    def __init__(self, path: Path, *, client_id: str, metrics: Metrics) -> None:
        self._path = path
        self._client_id = client_id
        self._metrics = metrics
        self._lacking = set(read(path).get(client_id, ()))
        for endpoint in self._lacking:
            metrics.lacking.labels(endpoint).set(1)

    def lacks(self, endpoint: str) -> bool:
        """Tell whether the app is known to lack `endpoint`."""
        return endpoint in self._lacking

    def note(self, endpoint: str) -> None:
        """Remember that the app lacks `endpoint`, and say so."""
        self._lacking.add(endpoint)
        self._metrics.lacking.labels(endpoint).set(1)
        _log.info("profile.learned", lacks=endpoint)
        try:
            self._save()
        except OSError as error:
            _log.warning("profile.not_saved", path=str(self._path), error=type(error).__name__)

    def _save(self) -> None:
        everybody = {**read(self._path), self._client_id: sorted(self._lacking)}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=self._path.name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(orjson.dumps(everybody, option=orjson.OPT_INDENT_2))
            # A crash leaves the old file or the new one, never half of one.
            Path(name).replace(self._path)
        except OSError:
            with suppress(OSError):
                Path(name).unlink()
            raise


def read(path: Path) -> Mapping[str, Sequence[str]]:
    """Return the endpoints that apps lack, by client id; what cannot be understood is forgotten."""
    try:
        document = orjson.loads(path.read_bytes())
        return {str(client_id): [str(endpoint) for endpoint in lacking] for client_id, lacking in document.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
