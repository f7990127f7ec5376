"""Layouts that are added to: sound at every moment, tags unique, nothing of others lost."""

from __future__ import annotations

import errno
import io
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from attest.author.layout_target import LayoutTarget
from attest.errors import AttestError, FetchError, UsageError
from attest.fetch import FetchLimits
from attest.fetch.layout import LayoutSource
from attest.fetch.manifest import MANIFEST, Descriptor
from attest.model.artifact import Reference
from attest.model.digest import Digest
from tests.fetch.helpers import REGO, layout
from tests.fetch.server import image

LIMITS = FetchLimits()
NAME = "org.opencontainers.image.ref.name"
LAYER = Descriptor("text/plain", Digest.of(REGO), len(REGO))


def entries(folder: Path) -> list[tuple[str, str | None]]:
    """Return the digests that index.json lists, with their tags."""
    listed = json.loads((folder / "index.json").read_bytes())["manifests"]
    return [(each["digest"], each.get("annotations", {}).get(NAME)) for each in listed]


def digest(content: bytes) -> str:
    return str(Digest.of(image(content)))


def target(folder: Path) -> LayoutTarget:
    return LayoutTarget(folder, LIMITS)


def test_a_new_layout_is_one_from_the_start(tmp_path: Path) -> None:
    target(tmp_path / "a" / "b")
    LayoutSource(Reference("oci-layout", str(tmp_path / "a" / "b")), LIMITS)
    assert entries(tmp_path / "a" / "b") == []


def test_blobs_are_kept_by_digest(tmp_path: Path) -> None:
    made = target(tmp_path)
    assert not made.has(LAYER)
    made.blob(LAYER, io.BytesIO(REGO))
    assert made.has(LAYER)
    path = tmp_path / "blobs/sha256" / LAYER.digest.value
    path.write_bytes(b"package evil\n")
    assert not made.has(LAYER), "what is damaged is written again"


def test_a_tag_names_one_manifest(tmp_path: Path) -> None:
    made = target(tmp_path)
    made.manifest(image(b"1"), MANIFEST, "v1")
    made.manifest(image(b"2"), MANIFEST, "v1")
    assert entries(tmp_path) == [(digest(b"1"), None), (digest(b"2"), "v1")]
    made.manifest(image(b"1"), MANIFEST, "v1")
    assert entries(tmp_path) == [(digest(b"2"), None), (digest(b"1"), "v1")]


def test_a_manifest_is_listed_once_for_each_of_its_tags(tmp_path: Path) -> None:
    made = target(tmp_path)
    for tag in (None, "v1", None, "v2", "v1", None):
        made.manifest(image(b"1"), MANIFEST, tag)
    assert sorted(entries(tmp_path)) == [(digest(b"1"), "v1"), (digest(b"1"), "v2")]


def test_a_child_is_not_listed(tmp_path: Path) -> None:
    target(tmp_path).manifest(image(b"1"), MANIFEST, child=True)
    assert entries(tmp_path) == []


def test_what_is_there_stays(tmp_path: Path) -> None:
    layout(tmp_path, b"bundle")
    before = entries(tmp_path)
    target(tmp_path).manifest(image(b"1"), MANIFEST)
    assert entries(tmp_path) == [*before, (digest(b"1"), None)]


def test_several_writers_lose_nothing(tmp_path: Path) -> None:
    target(tmp_path)
    names = [b"%d" % number for number in range(12)]
    threads = [
        threading.Thread(target=lambda n=name: target(tmp_path).manifest(image(n), MANIFEST))
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {each for each, _ in entries(tmp_path)} == {digest(name) for name in names}


def refusal(folder: Path) -> AttestError:
    with pytest.raises(AttestError) as refused:
        target(folder).manifest(image(b"1"), MANIFEST)
    return refused.value


def test_a_folder_of_something_else_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_bytes(b"")
    assert refusal(tmp_path).code == "OUTPUT_EXISTS"
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_the_folders_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert refusal(tmp_path / "file").code == "OUTPUT_UNWRITABLE"
    assert refusal(tmp_path / "file" / "below").code == "OUTPUT_UNWRITABLE"


@pytest.mark.parametrize(
    "index", [b"", b"[]", b"{}", b'{"manifests":1}', b'{"manifests":[1]}', b"\xff"]
)
def test_a_broken_layout_is_refused(tmp_path: Path, index: bytes) -> None:
    target(tmp_path)
    (tmp_path / "index.json").write_bytes(index)
    assert refusal(tmp_path).code == "LAYOUT_MALFORMED"


def test_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "oci-layout").write_bytes(b'{"imageLayoutVersion":"2.0.0"}')
    assert refusal(tmp_path).code == "LAYOUT_MALFORMED"


def test_no_space_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blob is not there, and neither is half of it."""
    made = target(tmp_path)

    def full(_: int) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FetchError) as refused:
        made.blob(LAYER, io.BytesIO(REGO))
    assert (refused.value.code, refused.value.exit_code) == ("WRITE_FAILED", 5)
    with pytest.raises(FetchError) as refused:
        made.manifest(image(b"1"), MANIFEST)
    assert refused.value.code == "WRITE_FAILED"
    assert list((tmp_path / "blobs/sha256").iterdir()) == []
    assert entries(tmp_path) == []


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = target(tmp_path)

    def denied(_: int, __: int) -> Any:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "fchmod", denied)
    with pytest.raises(UsageError) as refused:
        made.blob(LAYER, io.BytesIO(REGO))
    assert (refused.value.code, refused.value.exit_code) == ("OUTPUT_UNWRITABLE", 2)
