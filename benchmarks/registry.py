"""A real registry on loopback (Debian's docker-registry), filled from an OCI layout."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

REPOSITORY = "team/policies"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"
_CONFIG = """\
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: "{netloc}"}}
"""


def installed() -> bool:
    """Tell whether there is a registry to start."""
    return shutil.which("docker-registry") is not None


@contextlib.contextmanager
def serve(layout: Path, folder: Path) -> Iterator[str]:
    """Serve the content of ``layout``; give ``host:port/repository``."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        netloc = f"127.0.0.1:{probe.getsockname()[1]}"
    config = folder / "registry.yml"
    config.write_text(_CONFIG.format(folder=folder / "blobs", netloc=netloc))
    process = subprocess.Popen(["docker-registry", "serve", str(config)], stderr=subprocess.DEVNULL)
    try:
        _await(netloc)
        _push(netloc, layout)
        yield f"{netloc}/{REPOSITORY}"
    finally:
        process.kill()
        process.wait()


def upload(netloc: str, path: Path, digest: str) -> None:
    """Push one blob that is too large to be held in memory."""
    place = f"http://{netloc}{_upload(netloc)}&digest={digest}"
    subprocess.run(["curl", "-sS", "--fail", "-T", str(path), place], check=True)


def _await(netloc: str) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError):
            return _send(netloc, "GET", "/v2/")
        time.sleep(0.05)
    raise SystemExit("docker-registry does not answer")


def _push(netloc: str, layout: Path) -> None:
    """Push every blob, every manifest, and a list of what is attached to each (tag scheme)."""
    blobs = {path.name: path.read_bytes() for path in (layout / "blobs" / "sha256").iterdir()}
    for digest, content in blobs.items():
        _send(netloc, "PUT", f"{_upload(netloc)}&digest=sha256:{digest}", content)
    attached: dict[str, list[dict[str, object]]] = {}
    for entry in json.loads((layout / "index.json").read_bytes())["manifests"]:
        content = blobs[entry["digest"].removeprefix("sha256:")]
        _send(netloc, "PUT", _manifest(entry["digest"]), content, _MANIFEST)
        subject = json.loads(content).get("subject")
        if subject:
            attached.setdefault(subject["digest"].replace(":", "-"), []).append(entry)
    for tag, entries in attached.items():
        index = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": entries}
        _send(netloc, "PUT", _manifest(tag), json.dumps(index).encode(), _INDEX)


def _manifest(reference: str) -> str:
    return f"/v2/{REPOSITORY}/manifests/{reference}"


def _upload(netloc: str) -> str:
    """Open an upload; return where to put the content."""
    connection = HTTPConnection(netloc, timeout=10)
    with contextlib.closing(connection):
        connection.request("POST", f"/v2/{REPOSITORY}/blobs/uploads/")
        location = connection.getresponse().headers["Location"]
    return str(location).partition(netloc)[2]


def _send(netloc: str, method: str, path: str, content: bytes = b"", kind: str = "") -> None:
    connection = HTTPConnection(netloc, timeout=10)
    with contextlib.closing(connection):
        headers = {"Content-Type": kind or "application/octet-stream"}
        connection.request(method, path, content, headers)
        answer = connection.getresponse()
        if answer.status not in {200, 201}:
            raise SystemExit(f"docker-registry: {method} {path}: {answer.status}")
