"""References: where bytes can be had from."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.model.artifact import SCHEMES, Artifact, Reference
from attest.model.digest import Digest

DIGEST = Digest.of(b"app")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dist/app", Reference("file", "dist/app")),
        ("file:dist/app", Reference("file", "dist/app")),
        ("file:a:b", Reference("file", "a:b")),
        ("a@b", Reference("file", "a@b")),
        ("C:/x", Reference("file", "C:/x")),
        ("dir:evidence", Reference("dir", "evidence")),
        (f"oci:host/repo@{DIGEST}", Reference("oci", "host/repo", DIGEST)),
        ("oci:host/repo:1.2", Reference("oci", "host/repo", tag="1.2")),
        (f"oci:host:5000/repo:1.2@{DIGEST}", Reference("oci", "host:5000/repo", DIGEST, "1.2")),
        ("oci:host:5000/repo", Reference("oci", "host:5000/repo")),
        (f"oci-layout:a/b@{DIGEST}", Reference("oci-layout", "a/b", DIGEST)),
        (f"https://host/a@{DIGEST}", Reference("https", "//host/a", DIGEST)),
        ("ftp://host/a", Reference("file", "ftp://host/a")),
    ],
)
def test_parse(text: str, expected: Reference) -> None:
    assert Reference.parse(text) == expected
    assert Reference.parse(str(expected)) == expected


@pytest.mark.parametrize("text", ["", "file:", "dir:", "oci:", f"oci:@{DIGEST}", "oci:a@sha256:b"])
def test_what_names_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"names no location|is not"):
        Reference.parse(text)


def test_the_base_is_never_shown() -> None:
    one = Reference.parse("a", base="/somewhere")
    assert one.base == "/somewhere"
    assert "somewhere" not in str(one) + repr(one)
    assert one == Reference.parse("a", base="/elsewhere")


@settings(derandomize=True, max_examples=300)
@given(st.sampled_from(["", *(f"{scheme}:" for scheme in SCHEMES)]), st.text(max_size=60))
def test_what_parses_is_written_as_it_was_meant(prefix: str, rest: str) -> None:
    try:
        found = Reference.parse(prefix + rest)
    except ValueError:
        return
    assert found.scheme in SCHEMES
    if found.scheme != "file":
        assert Reference.parse(str(found)) == found


def test_an_artifact_is_digested() -> None:
    artifact = Artifact.of(Reference("file", "app"), b"app")
    assert artifact.digest == DIGEST
    assert artifact.media_type == "application/octet-stream"
    assert "app'" not in repr(artifact).replace("locator='app'", "")
