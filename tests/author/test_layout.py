"""Layouts are written the same way each time, and read back whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attest.author.layout import Layer, Layout
from attest.model.digest import Digest


def build(folder: Path) -> Digest:
    made = Layout()
    digest = made.add_manifest(
        [Layer(b"b", "text/plain", "b"), Layer(b"a", "text/plain", "a")],
        annotations={"z": "1", "a": "2"},
        artifact_type="application/vnd.example",
    )
    made.attach(digest, b"bundle", annotations={"dev.sigstore.bundle.content": "dsse-envelope"})
    made.attach_by_tag(digest, b"other")
    made.tag("v1", digest)
    made.write(folder)
    return digest


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    assert build(tmp_path / "1") == build(tmp_path / "2")
    one, two = (
        {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        for root in (tmp_path / "1", tmp_path / "2")
    )
    assert one == two


def test_a_layout_has_the_parts_that_the_specification_names(tmp_path: Path) -> None:
    digest = build(tmp_path)
    assert json.loads((tmp_path / "oci-layout").read_text()) == {"imageLayoutVersion": "1.0.0"}
    index = json.loads((tmp_path / "index.json").read_text())
    named = {
        entry["annotations"]["org.opencontainers.image.ref.name"]: entry["digest"]
        for entry in index["manifests"]
        if "annotations" in entry
    }
    assert named["v1"] == str(digest)
    assert f"sha256-{digest.value}" in named
    for path in (tmp_path / "blobs" / "sha256").iterdir():
        assert Digest.of(path.read_bytes()).value == path.name


def test_a_subject_must_be_here() -> None:
    missing = Digest.of(b"elsewhere")
    with pytest.raises(ValueError, match="is not a manifest of this layout"):
        Layout().attach(missing, b"bundle")
    with pytest.raises(ValueError, match="is not a manifest of this layout"):
        Layout().tag("v1", missing)
