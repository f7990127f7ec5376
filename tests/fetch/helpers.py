"""Small makers that the tests of the fetch stage share."""

from __future__ import annotations

from pathlib import Path

import pytest

from attest.author.layout import Layer, Layout
from attest.errors import FetchError
from attest.fetch import Discovery, FetchLimits, Refusal
from attest.model.artifact import Reference
from attest.model.digest import Digest
from attest.reasons import REASONS

REGO = b"package main\n"
BUNDLE = b'{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}'
FAST = FetchLimits(deadline=10.0, backoff=0.0, retry_wait=0.0)


def layout(folder: Path, *bundles: bytes) -> Digest:
    """Write a layout with one policy and ``bundles`` attached to it; return its digest."""
    made = Layout()
    digest = made.add_manifest([Layer(REGO, "text/x-rego", "main.rego")])
    for bundle in bundles:
        made.attach(digest, bundle)
    made.write(folder)
    return digest


def pinned(folder: Path, digest: Digest) -> Reference:
    """Refer to a manifest in a layout."""
    return Reference("oci-layout", folder.name, digest, base=str(folder.parent))


def blob(folder: Path, digest: Digest) -> Path:
    """Where a layout keeps a blob."""
    return folder / "blobs" / digest.algorithm / digest.value


def assert_code(refused: pytest.ExceptionInfo[FetchError], code: str, exit_code: int) -> None:
    """Check the reason code of a refusal and the exit code it stands for."""
    assert refused.value.code == code, refused.value.message
    assert REASONS[code].exit_code == exit_code


def shown(discovery: Discovery) -> list[str]:
    """Return the contents of what is attached, or the codes of refusals."""
    return [
        each.problem.code if isinstance(each, Refusal) else each.artifact.content.decode()
        for each in discovery.found
    ]
