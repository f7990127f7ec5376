"""A registry of our own that can be written to, and that lies where a test tells it to."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from attest.model.digest import Digest

REPOSITORY = "team/policy"
Twist = Callable[["Handler"], bool]
"""Answers a request itself, and says so; or leaves it to the honest registry."""


class Handler(http.server.BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: WritableRegistry
    body = b""

    def answer(self) -> None:
        """Answer by the twist of this method and path, or honestly."""
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append((self.command, self.path, self.headers.get("Authorization")))
        if not self.server.twist(self):
            getattr(self, f"_{self.command.lower()}")()

    do_GET = do_HEAD = do_PUT = do_POST = answer  # noqa: N815  # names of http.server

    def reply(
        self, status: int, content: bytes = b"", media_type: str = "", **headers: str
    ) -> None:
        """Send a whole answer; header names have underscores for hyphens."""
        self.send_response(status)
        if media_type:
            self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Write nothing to the terminal."""

    @property
    def place(self) -> tuple[str, str]:
        """``manifests`` or ``blobs``, and what of them."""
        kind, _, name = urlsplit(self.path).path.removeprefix(f"/v2/{REPOSITORY}/").partition("/")
        return kind, name

    def _get(self) -> None:
        kind, name = self.place
        if kind == "manifests" and name in self.server.manifests:
            self.reply(200, *self.server.manifests[name])
        elif kind == "blobs" and name in self.server.blobs:
            self.reply(200, self.server.blobs[name], "application/octet-stream")
        else:
            self.reply(404)

    _head = _get

    def _post(self) -> None:
        self.reply(202, Location=f"/v2/{REPOSITORY}/blobs/uploads/1?state=a")

    def _put(self) -> None:
        kind, name = self.place
        digest = str(Digest.of(self.body))
        if kind == "manifests":
            for key in {name, digest}:
                self.server.manifests[key] = (self.body, self.headers["Content-Type"])
        else:
            (name,) = parse_qs(urlsplit(self.path).query)["digest"]
            if name != digest:
                self.reply(400)
                return
            self.server.blobs[name] = self.body
        self.reply(201, Docker_Content_Digest=digest)


class WritableRegistry(http.server.ThreadingHTTPServer):
    """Manifests by digest and tag, blobs by digest; ``twist`` comes first."""

    daemon_threads = True

    def __init__(self, address: str) -> None:
        super().__init__((address, 0), Handler)
        self.address = address
        self.manifests: dict[str, tuple[bytes, str]] = {}
        self.blobs: dict[str, bytes] = {}
        self.seen: list[tuple[str, str, str | None]] = []
        self.twist: Twist = lambda _: False

    @property
    def name(self) -> str:
        """``HOST:PORT/PATH``."""
        return f"{self.address}:{self.server_port}/{REPOSITORY}"

    def handle_error(self, *_: Any) -> None:
        """A client that goes away is what some tests are about."""

    def asked(self, method: str) -> list[str]:
        """Return the paths that were asked for with a method, without the repository's."""
        return [
            path.partition(f"{REPOSITORY}/")[2] for sent, path, _ in self.seen if sent == method
        ]


@contextmanager
def writable(address: str = "127.0.0.1") -> Iterator[WritableRegistry]:
    """Run a registry until the block ends; 127.0.0.2 is a host like any other to attest."""
    server = WritableRegistry(address)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
