"""Keeps what Spotify's answers taught about the app, across restarts; losing the file costs a call or two."""

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import structlog

from gateway.learned import Lesson
from ops.metrics import Metrics

_log = structlog.stdlib.get_logger("fermata")


class FileNotebook:
    """Lessons of one client id, in a JSON file that several may share; written whole or not at all.

    Args:
        path: The file; its folder is made when there is something to write.
        client_id: The app that the lessons are about.
        metrics: Shows each lesson.
    """

    def __init__(self, path: Path, *, client_id: str, metrics: Metrics) -> None:
        self._path = path
        self._client_id = client_id
        self._metrics = metrics
        self._lessons = dict(read(path).get(client_id, {}))
        for endpoint, lesson in self._lessons.items():
            metrics.lessons.labels(endpoint, lesson).set(1)

    def lessons(self) -> Mapping[str, Lesson]:
        """Return what is known, by endpoint id."""
        return self._lessons

    def note(self, endpoint: str, lesson: Lesson) -> None:
        """Remember a lesson, and say so."""
        self._lessons[endpoint] = lesson
        self._metrics.lessons.labels(endpoint, lesson).set(1)
        _log.info("profile.learned", endpoint=endpoint, lesson=lesson.value)
        try:
            self._save()
        except OSError as error:
            _log.warning("profile.not_saved", path=str(self._path), error=type(error).__name__)

    def _save(self) -> None:
        everybody: dict[str, Any] = {**read(self._path), self._client_id: self._lessons}
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


def read(path: Path) -> Mapping[str, Mapping[str, Lesson]]:
    """Return the lessons in a file, by client id and endpoint id; what cannot be understood is forgotten."""
    try:
        document = orjson.loads(path.read_bytes())
        return {
            str(client_id): {str(endpoint): Lesson(lesson) for endpoint, lesson in lessons.items()}
            for client_id, lessons in document.items()
        }
    except (OSError, ValueError, AttributeError):
        return {}
