"""Real registries on loopback: Debian's docker-registry, and one with the referrers API."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from attest.fetch.layout import referrers_tag
from attest.fetch.manifest import INDEX, INDEXES
from attest.model.digest import Digest
from tests.fetch.server import described
from tests.fetch.test_docker_registry import BINARY, start

GO = shutil.which("go", path=f"{os.environ.get('PATH', os.defpath)}:/usr/local/go/bin")
COSIGN = shutil.which("cosign")
PROGRAM = Path(__file__).parent / "referrers"

KINDS = ("docker-registry", "referrers")


@dataclass(frozen=True)
class Repository:
    """A repository of a running registry; ``name`` is ``HOST:PORT/PATH``."""

    name: str

    def push(self, folder: Path) -> None:
        """Push a layout: blobs, manifests, then indexes.

        Where the registry has no referrers API, keep the list of referrers behind their tag, as the
        "Referrers Tag Schema" of the distribution specification asks of clients.
        """
        blobs = {path.name: path.read_bytes() for path in (folder / "blobs/sha256").iterdir()}
        for name, content in blobs.items():
            place = self._send("POST", self._url("blobs/uploads/"))["Location"]
            joint = "&" if "?" in place else "?"
            self._send("PUT", f"{place}{joint}digest=sha256:{name}", content)
        manifests = {name: media for name in blobs if (media := _media_type(blobs[name]))}
        unlisted: dict[str, list[dict[str, Any]]] = {}
        for name in sorted(manifests, key=lambda each: manifests[each] in INDEXES):
            url = self._url(f"manifests/sha256:{name}")
            answer = self._send("PUT", url, blobs[name], manifests[name])
            document = json.loads(blobs[name])
            subject = document.get("subject")
            if subject is not None and "OCI-Subject" not in answer:
                entry = described(blobs[name], media_type=manifests[name])
                entry["artifactType"] = document.get("artifactType", "")
                unlisted.setdefault(subject["digest"], []).append(entry)
        for subject, entries in unlisted.items():
            document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}
            url = self._url(f"manifests/{referrers_tag(Digest.parse(subject))}")
            self._send("PUT", url, json.dumps(document).encode(), INDEX)

    def reference(self, digest: Digest) -> str:
        """Refer to a manifest here, as a plan does."""
        return f"oci:{self.name}@{digest}"

    def _url(self, target: str) -> str:
        host, _, path = self.name.partition("/")
        return f"http://{host}/v2/{path}/{target}"

    def _send(self, method: str, url: str, content: bytes = b"", media_type: str = "") -> Message:
        host = self.name.partition("/")[0]
        url = url if url.startswith("http") else f"http://{host}{url}"
        request = urllib.request.Request(url, content, method=method)  # noqa: S310  # loopback
        request.add_header("Content-Type", media_type or "application/octet-stream")
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  # loopback
            headers: Message = answer.headers
            return headers


def _media_type(content: bytes) -> str:
    try:
        document = json.loads(content)
    except ValueError:
        return ""
    known = isinstance(document, dict) and "schemaVersion" in document
    return str(document.get("mediaType", "")) if known else ""


@contextmanager
def running(kind: str, folder: Path) -> Iterator[str]:
    """Run one of `KINDS` until the block ends; give its host and port."""
    if kind == "docker-registry":
        if BINARY is None:
            pytest.skip("docker-registry is not installed")
        for registry in start(folder, "", ""):
            yield registry.netloc
        return
    with subprocess.Popen(
        [built(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()
            process.wait(10)


def built(folder: Path) -> Path:
    """Build the registry with the referrers API; its modules are pinned by go.sum."""
    if GO is None:
        pytest.skip("Go is not installed: the registry with the referrers API cannot be built")
    program = folder / "referrers-registry"
    command = [GO, "build", "-mod=readonly", "-buildvcs=false", "-o", str(program), "."]
    made = subprocess.run(
        command, cwd=PROGRAM, capture_output=True, text=True, check=False, timeout=300
    )
    if made.returncode:
        pytest.skip(f"the registry with the referrers API cannot be built: {made.stderr[-300:]}")
    return program
