"""Sends bytes to a port and reads HTTP answers, for requests that no client library would send."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

PATIENCE_S = 10.0


@dataclass(frozen=True)
class RawAnswer:
    """An answer as it came; fields in their order."""

    version: str
    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes

    def __getitem__(self, name: str) -> str:
        return dict(self.fields)[name]

    def without(self, *names: str) -> "RawAnswer":
        """The same without the values of some fields; that they are there, and where, still counts."""
        fields = tuple((name, "" if name in names else value) for name, value in self.fields)
        return RawAnswer(self.version, self.status, fields, self.body)


class Line:
    """A connection; everything blocks."""

    def __init__(self, sock: socket.socket, file: BinaryIO) -> None:
        self.sock = sock
        self._file = file

    def send(self, *requests: bytes) -> None:
        """Send requests in one piece."""
        self.sock.sendall(b"".join(requests))

    def read(self, *, bodiless: bool = False) -> RawAnswer:
        """Read one answer; `bodiless` is for HEAD, whose answers tell the length of a body that does not come."""
        version, status, *_ = self._file.readline().decode().split(" ", 2)
        fields = []
        while line := self._file.readline().decode().rstrip("\r\n"):
            name, value = line.split(": ", 1)
            fields.append((name, value))
        length = 0 if bodiless else int(dict(fields).get("Content-Length", 0))
        return RawAnswer(version, int(status), tuple(fields), self._file.read(length))

    def ask(self, data: bytes, *, bodiless: bool = False) -> RawAnswer:
        """Send one request and read the answer, past interim ones."""
        self.send(data)
        while (answer := self.read(bodiless=bodiless)).status < 200:
            pass
        return answer

    def text(self) -> str:
        """Read one line of what has no known length."""
        return self._file.readline().decode()

    def at_end(self) -> bool:
        """Wait until more comes, and tell whether instead the other side hung up."""
        return self._file.read(1) == b""


@contextmanager
def line(port: int, *, host: str = "127.0.0.1") -> Iterator[Line]:
    """Open a connection to this machine, by one of its addresses."""
    with socket.create_connection((host, port), timeout=PATIENCE_S) as sock, sock.makefile("rb") as file:
        yield Line(sock, file)


def request(
    target: str, *fields: tuple[str, str], method: str = "GET", version: str = "1.1", host: str = "localhost"
) -> bytes:
    """Return the bytes of a request without a body; an empty `host` leaves that field out."""
    named = [("Host", host)] * bool(host) + list(fields)
    lines = [f"{method} {target} HTTP/{version}", *(f"{name}: {value}" for name, value in named)]
    return "\r\n".join([*lines, "", ""]).encode()
