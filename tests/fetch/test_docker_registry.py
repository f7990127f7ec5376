"""A real registry: Debian's docker-registry on loopback, which has no referrers API."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from attest.author.layout import Layer, Layout
from attest.errors import FetchError
from attest.fetch import Fetcher
from attest.fetch.manifest import INDEX, MANIFEST
from attest.model.artifact import Reference
from attest.model.attachment import Attachment
from attest.model.digest import Digest
from tests.fetch.helpers import BUNDLE, FAST, REGO, assert_code, shown

BINARY = shutil.which("docker-registry")
REPOSITORY = "team/policy"
# bcrypt of "pass", cost 4; the registry takes no other kind of hash.
HTPASSWD = "user:$2a$04$abcdefghijklmnopqrstuufznL8bkzdtHwLhca4To/v9Lo9bA7fR6\n"

pytestmark = [
    pytest.mark.registry,
    pytest.mark.skipif(BINARY is None, reason="docker-registry is not installed"),
]


@dataclass(frozen=True)
class Registry:
    """A running registry: where it is, and the header that lets a client push."""

    netloc: str
    authorization: str = ""
    authority: Path | None = None

    def send(self, method: str, path: str, content: bytes = b"", media_type: str = "") -> str:
        """Send one request; return the Location of the answer."""
        scheme = "http" if self.authority is None else "https"
        url = path if path.startswith("http") else f"{scheme}://{self.netloc}{path}"
        request = urllib.request.Request(url, content, method=method)  # noqa: S310  # loopback
        request.add_header("Content-Type", media_type or "application/octet-stream")
        if self.authorization:
            request.add_header("Authorization", self.authorization)
        context = None
        if self.authority is not None:
            context = ssl.create_default_context(cafile=self.authority)
        with urllib.request.urlopen(  # noqa: S310  # loopback
            request, timeout=10, context=context
        ) as answer:
            return str(answer.headers.get("Location", ""))

    def push(self, folder: Path) -> None:
        """Push every blob of a layout, then its manifests, then its tags."""
        for path in (folder / "blobs" / "sha256").iterdir():
            location = self.send("POST", f"/v2/{REPOSITORY}/blobs/uploads/")
            joint = "&" if "?" in location else "?"
            self.send("PUT", f"{location}{joint}digest=sha256:{path.name}", path.read_bytes())
        documents = [
            (path, json.loads(path.read_bytes()))
            for path in (folder / "blobs" / "sha256").iterdir()
            if path.read_bytes().startswith(b'{"config"')
        ]
        for path, _ in documents:
            target = f"/v2/{REPOSITORY}/manifests/sha256:{path.name}"
            self.send("PUT", target, path.read_bytes(), MANIFEST)
        for entry in json.loads((folder / "index.json").read_bytes())["manifests"]:
            tag = entry.get("annotations", {}).get("org.opencontainers.image.ref.name")
            if tag and entry["mediaType"] == INDEX:
                content = (folder / "blobs" / "sha256" / entry["digest"][7:]).read_bytes()
                self.send("PUT", f"/v2/{REPOSITORY}/manifests/{tag}", content, INDEX)

    def reference(self, digest: Digest) -> Reference:
        """Refer to a manifest here."""
        return Reference("oci", f"{self.netloc}/{REPOSITORY}", digest)


def start(
    folder: Path, auth: str, authorization: str, tls: str = "", authority: Path | None = None
) -> Iterator[Registry]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        netloc = f"127.0.0.1:{probe.getsockname()[1]}"
    config = folder / "config.yml"
    config.write_text(
        f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: "
        f"{{rootdirectory: {folder / 'data'}}}}}\nhttp: {{addr: '{netloc}'{tls}}}\n{auth}"
    )
    assert BINARY is not None
    with subprocess.Popen(
        [BINARY, "serve", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            registry = Registry(netloc, authorization, authority)
            wait_for(registry, process)
            yield registry
        finally:
            process.terminate()
            process.wait(10)


def wait_for(registry: Registry, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        try:
            registry.send("GET", "/v2/")
        except (urllib.error.URLError, ConnectionError):
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            pytest.fail("docker-registry did not start")
        else:
            return
    pytest.fail("docker-registry does not answer")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry that anybody may read and write."""
    yield from start(tmp_path_factory.mktemp("registry"), "", "")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry that asks for a password."""
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "htpasswd").write_text(HTPASSWD)
    auth = f"auth: {{htpasswd: {{realm: r, path: {folder / 'htpasswd'}}}}}\n"
    secret = base64.b64encode(b"user:pass").decode()
    yield from start(folder, auth, f"Basic {secret}")


def pushed(registry: Registry, folder: Path, *bundles: bytes) -> Reference:
    made = Layout()
    digest = made.add_manifest([Layer(REGO, "text/x-rego", "main.rego")])
    for bundle in bundles:
        made.attach_by_tag(digest, bundle)
    made.write(folder)
    registry.push(folder)
    return registry.reference(digest)


def test_a_pushed_policy_is_fetched_with_its_signature(
    registry: Registry, home: Path, tmp_path: Path
) -> None:
    reference = pushed(registry, tmp_path / "layout", BUNDLE, b"another")
    with Fetcher(offline=False, limits=FAST) as fetcher:
        fetched = fetcher.policy(reference)
        found = shown(fetcher.discover(reference))
    assert fetched.artifact.digest == reference.digest
    assert fetched.blobs[Digest.of(REGO)] == REGO
    assert {each.artifact.content for each in fetched.attached} == {BUNDLE, b"another"}
    assert found == [each.artifact.content.decode() for each in fetched.attached]


def test_a_policy_without_signature_has_an_empty_list(
    registry: Registry, home: Path, tmp_path: Path
) -> None:
    made = Layout()
    digest = made.add_manifest([Layer(b"package lonely\n", "text/x-rego")])
    made.write(tmp_path / "layout")
    registry.push(tmp_path / "layout")
    with Fetcher(offline=False, limits=FAST) as fetcher:
        assert fetcher.discover(registry.reference(digest)).found == ()


def test_what_was_never_pushed_is_not_there(registry: Registry, home: Path) -> None:
    with Fetcher(offline=False, limits=FAST) as fetcher, pytest.raises(FetchError) as refused:
        fetcher.policy(registry.reference(Digest.of(b"never")))
    assert_code(refused, "NOT_FOUND", 5)


def test_stored_credentials_open_a_guarded_registry(
    guarded: Registry, home: Path, tmp_path: Path
) -> None:
    reference = pushed(guarded, tmp_path / "layout", BUNDLE)
    with Fetcher(offline=False, limits=FAST) as fetcher:
        with pytest.raises(FetchError) as refused:
            fetcher.policy(reference)
        assert_code(refused, "REGISTRY_DENIED", 5)
        (home / ".docker").mkdir()
        secret = guarded.authorization.removeprefix("Basic ")
        config = {"auths": {guarded.netloc: {"auth": secret}}}
        (home / ".docker" / "config.json").write_text(json.dumps(config))
        fetched = fetcher.policy(reference)
    assert [each.artifact.content for each in fetched.attached] == [BUNDLE]
    assert all(isinstance(each, Attachment) for each in fetched.attached)
