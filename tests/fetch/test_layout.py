"""OCI layouts: every byte of a bundle is the one that was pinned, and no signature is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from attest.author.layout import Layout
from attest.errors import FetchError
from attest.fetch import Fetcher, FetchLimits
from attest.fetch.manifest import MANIFEST
from attest.model.artifact import Reference
from attest.model.digest import Digest
from tests.fetch.helpers import BUNDLE, REGO, assert_code, blob, layout, pinned

OTHER = Digest.of(b"other")


def read_index(folder: Path) -> Any:
    return json.loads((folder / "index.json").read_text())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "layout"


def test_a_policy_comes_with_its_blobs_and_signatures(folder: Path) -> None:
    digest = layout(folder, BUNDLE)
    fetched = Fetcher(offline=True).policy(pinned(folder, digest))
    assert fetched.artifact.digest == digest
    assert fetched.artifact.media_type == MANIFEST
    assert fetched.blobs == {Digest.of(REGO): REGO, Digest.of(b"{}"): b"{}"}
    assert [each.artifact.content for each in fetched.attached] == [BUNDLE]
    assert fetched.attached[0].artifact.reference.digest == Digest.of(BUNDLE)
    assert Fetcher(offline=True).policy(pinned(folder, digest), attached=False).attached == ()


def flip_manifest(folder: Path, digest: Digest) -> None:
    blob(folder, digest).write_bytes(blob(folder, digest).read_bytes() + b" ")


def flip_blob(folder: Path, _: Digest) -> None:
    blob(folder, Digest.of(REGO)).write_bytes(REGO.upper())


def lengthen_blob(folder: Path, _: Digest) -> None:
    blob(folder, Digest.of(REGO)).write_bytes(REGO + b" ")


def shorten_blob(folder: Path, _: Digest) -> None:
    blob(folder, Digest.of(REGO)).write_bytes(REGO[:-1])


def remove_blob(folder: Path, _: Digest) -> None:
    blob(folder, Digest.of(REGO)).unlink()


def remove_manifest(folder: Path, digest: Digest) -> None:
    blob(folder, digest).unlink()


def swell_manifest(folder: Path, digest: Digest) -> None:
    blob(folder, digest).write_bytes(b" " * ((4 << 20) + 1))


def remove_marker(folder: Path, _: Digest) -> None:
    (folder / "oci-layout").unlink()


def change_version(folder: Path, _: Digest) -> None:
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"2.0.0"}')


def break_marker(folder: Path, _: Digest) -> None:
    (folder / "oci-layout").write_text("[]")


def spoil_marker(folder: Path, _: Digest) -> None:
    (folder / "oci-layout").write_text("{")


@pytest.mark.parametrize(
    ("harm", "code", "exit_code"),
    [
        (flip_manifest, "DIGEST_MISMATCH", 4),
        (flip_blob, "DIGEST_MISMATCH", 4),
        (lengthen_blob, "SIZE_MISMATCH", 4),
        (shorten_blob, "SIZE_MISMATCH", 4),
        (swell_manifest, "MANIFEST_TOO_LARGE", 4),
        (change_version, "LAYOUT_MALFORMED", 4),
        (break_marker, "LAYOUT_MALFORMED", 4),
        (spoil_marker, "LAYOUT_MALFORMED", 4),
        (remove_blob, "NOT_FOUND", 5),
        (remove_manifest, "NOT_FOUND", 5),
        (remove_marker, "FILE_NOT_FOUND", 2),
    ],
)
def test_a_harmed_layout_is_refused(
    folder: Path, harm: Callable[[Path, Digest], None], code: str, exit_code: int
) -> None:
    digest = layout(folder)
    harm(folder, digest)
    with pytest.raises(FetchError) as refused:
        Fetcher(offline=True).policy(pinned(folder, digest))
    assert_code(refused, code, exit_code)
    assert str(folder.parent) not in refused.value.message


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (FetchLimits(blob=12), "BLOB_TOO_LARGE"),
        (FetchLimits(total=14), "BLOB_TOO_LARGE"),
        (FetchLimits(manifest=100), "MANIFEST_TOO_LARGE"),
        (FetchLimits(layers=0), "MANIFEST_TOO_LARGE"),
    ],
)
def test_every_limit_is_kept(folder: Path, limits: FetchLimits, code: str) -> None:
    digest = layout(folder)
    with pytest.raises(FetchError) as refused:
        Fetcher(offline=True, limits=limits).policy(pinned(folder, digest))
    assert_code(refused, code, 4)


def test_an_index_is_no_policy(folder: Path) -> None:
    made = Layout()
    made.attach_by_tag(made.add_manifest([]), BUNDLE)
    made.write(folder)
    index = next(
        each["digest"] for each in read_index(folder)["manifests"] if "index" in each["mediaType"]
    )
    with pytest.raises(FetchError) as refused:
        Fetcher(offline=True).policy(pinned(folder, Digest.parse(index)))
    assert_code(refused, "MANIFEST_IS_INDEX", 2)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"digest": None}, "DIGEST_REQUIRED"),
        ({"digest": None, "tag": "v1"}, "TAG_UNPINNED"),
        ({"digest": Digest("sha256", "../../../index.json")}, "REFERENCE_MALFORMED"),
        ({"locator": "elsewhere"}, "FILE_NOT_FOUND"),
        ({"scheme": "magnet"}, "SCHEME_UNSUPPORTED"),
    ],
)
def test_what_is_asked_wrongly_is_said(folder: Path, changes: dict[str, Any], code: str) -> None:
    reference = replace(pinned(folder, layout(folder)), **changes)
    for read in (Fetcher(offline=True).policy, Fetcher(offline=True).discover):
        with pytest.raises(FetchError) as refused:
            read(reference)
        assert_code(refused, code, 2)


def test_a_folder_for_authors_reads_as_its_bundle(tmp_path: Path) -> None:
    (tmp_path / "p" / "lib").mkdir(parents=True)
    (tmp_path / "p" / "a.rego").write_bytes(REGO)
    (tmp_path / "p" / "lib" / "b.wasm").write_bytes(b"\0asm")
    fetched = Fetcher(offline=True).policy(Reference("dir", "p", base=str(tmp_path)))
    layers = json.loads(fetched.artifact.content)["layers"]
    titles = [each["annotations"]["org.opencontainers.image.title"] for each in layers]
    assert titles == ["a.rego", "lib/b.wasm"]
    assert fetched.blobs[Digest.of(b"\0asm")] == b"\0asm"
    (tmp_path / "p" / "out").symlink_to("/etc/hostname")
    with pytest.raises(FetchError) as refused:
        Fetcher(offline=True).policy(Reference("dir", "p", base=str(tmp_path)))
    assert_code(refused, "LINK_REFUSED", 4)


def test_a_file_is_a_policy(tmp_path: Path) -> None:
    (tmp_path / "p.rego").write_bytes(REGO)
    fetched = Fetcher(offline=True).policy(Reference("file", "p.rego", base=str(tmp_path)))
    assert fetched.artifact.content == REGO
    assert not fetched.blobs
