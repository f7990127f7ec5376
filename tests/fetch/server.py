"""A registry of our own on loopback, as honest or as hostile as each of its routes."""

from __future__ import annotations

import http.server
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from attest.fetch.manifest import INDEX, MANIFEST
from attest.model.artifact import Reference
from attest.model.digest import Digest
from tests.fetch.helpers import BUNDLE, REGO

REPOSITORY = "team/policy"
Route = Callable[["Handler"], None]


class Handler(http.server.BaseHTTPRequestHandler):
    """One request, answered by the route of its path."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        """Record the request and answer it."""
        self.server.seen.append((self.path, self.headers.get("Authorization")))
        path = self.path.partition("?")[0]
        self.server.routes.get(path, not_found)(self)

    def reply(
        self, status: int, content: bytes = b"", media_type: str = "", **headers: str
    ) -> None:
        """Send a whole answer; header names have underscores for hyphens."""
        self.start(status, media_type, Content_Length=str(len(content)), **headers)
        self.wfile.write(content)

    def start(self, status: int, media_type: str = "", **headers: str) -> None:
        """Send the head of an answer; the body is the route's affair."""
        self.send_response(status)
        if media_type:
            self.send_header("Content-Type", media_type)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def drip(self, content: bytes, seconds: float = 0.02) -> None:
        """Write byte after byte, until all are written or the client has gone."""
        try:
            for n in range(len(content)):
                self.wfile.write(content[n : n + 1])
                if self.server.stopped.wait(seconds):
                    return
            self.server.finished.set()
        except OSError:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Write nothing to the terminal."""


def not_found(handler: Handler) -> None:
    """Answer what no route was made for."""
    handler.reply(404)


class Server(http.server.ThreadingHTTPServer):
    """Routes by path, and what was asked for: path and ``Authorization``.

    ``finished`` is set when a client has waited to the end of a slow answer.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.routes: dict[str, Route] = {}
        self.seen: list[tuple[str, str | None]] = []
        self.stopped = threading.Event()
        self.finished = threading.Event()

    @property
    def netloc(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.server_port}"

    def handle_error(self, *_: Any) -> None:
        """A client that cuts the connection is what some tests are about."""

    def serve(self, path: str, content: bytes, media_type: str = "") -> None:
        """Answer ``path`` honestly."""
        self.routes[path] = lambda handler: handler.reply(200, content, media_type)

    def manifest(self, name: str | Digest, content: bytes, media_type: str = MANIFEST) -> None:
        """Serve a manifest under a digest or a tag."""
        self.serve(f"/v2/{REPOSITORY}/manifests/{name}", content, media_type)

    def blob(self, content: bytes) -> str:
        """Serve a blob; return its path."""
        path = f"/v2/{REPOSITORY}/blobs/{Digest.of(content)}"
        self.serve(path, content, "application/octet-stream")
        return path

    def policy(self) -> Reference:
        """Serve one policy bundle with an empty list of referrers; return its reference."""
        content = image(REGO)
        digest = Digest.of(content)
        self.manifest(digest, content)
        self.blob(REGO)
        self.blob(b"{}")
        self.serve(f"/v2/{REPOSITORY}/referrers/{digest}", index(), INDEX)
        return Reference("oci", f"{self.netloc}/{REPOSITORY}", digest)

    def attachment(self, subject: Digest, bundle: bytes = BUNDLE) -> bytes:
        """Serve a Sigstore bundle that refers to ``subject``; return its manifest."""
        content = image(
            bundle, "application/vnd.dev.sigstore.bundle.v0.3+json", subject=described(b"", subject)
        )
        self.manifest(Digest.of(content), content)
        self.blob(bundle)
        return content


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Run a server until the block ends, over TLS when a context is given."""
    server = Server()
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


def described(content: bytes, digest: Digest | None = None, media_type: str = "") -> dict[str, Any]:
    """Describe content as a manifest does."""
    return {
        "mediaType": media_type or MANIFEST,
        "digest": str(digest or Digest.of(content)),
        "size": len(content),
    }


def image(content: bytes, media_type: str = "text/x-rego", **more: Any) -> bytes:
    """Write a manifest of one layer."""
    empty = described(b"{}", media_type="application/vnd.oci.empty.v1+json")
    layers = [described(content, media_type=media_type)]
    document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": empty, "layers": layers}
    return json.dumps(document | more).encode()


def index(*manifests: bytes) -> bytes:
    """Write an index of manifests."""
    entries = [described(each) for each in manifests]
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()
