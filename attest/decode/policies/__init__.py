"""Policy bundles: Verified -> PolicyBundle. Pure: every byte comes in as an argument."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from attest.decode.policies import opa
from attest.decode.policies.archive import MAX_BYTES, read_archive, too_large
from attest.decode.policies.manifest import Contents, read_manifest
from attest.decode.policies.media import LAYERS, MANIFESTS, Form
from attest.decode.policies.paths import ending, safe
from attest.decode.policies.scripts import WASM_MAGIC
from attest.decode.policies.select import policies_from
from attest.errors import DecodeError
from attest.model.artifact import Reference
from attest.model.digest import Digest
from attest.model.policy import File, PolicyBundle
from attest.model.trust import Method, Verified

__all__ = ["load", "policies_from"]

_GZIP_MAGIC = b"\x1f\x8b"
_NAMES = frozenset({".rego", ".yaml", ".yml", ".json"})


def load(
    verified: Verified, blobs: Mapping[Digest, bytes], *, reference: Reference
) -> PolicyBundle:
    """Return the policies in what was fetched; raise `DecodeError` when there is none.

    ``verified`` holds an OCI manifest, whose layers are in ``blobs`` by digest, or a single file: a
    Rego module, a Wasm module, a policy.yaml or an archive of them.
    """
    try:
        contents = _contents(verified, blobs, reference)
        claims = contents.claims
        claims = dataclasses.replace(
            claims, revision=opa.read(contents.files).revision or claims.revision
        )
        policies = policies_from(contents.files, claims, name=contents.title or "policy")
    except DecodeError as error:
        error.where = f"{reference}: {error.where}" if error.where else str(reference)
        raise
    return PolicyBundle(
        source=reference,
        digest=Digest.of(verified.payload),
        policies=policies,
        verified=verified,
        claims=claims,
        files=contents.files,
    )


def _contents(verified: Verified, blobs: Mapping[Digest, bytes], reference: Reference) -> Contents:
    if verified.method is Method.ENVELOPE:
        message = "an attestation about a bundle is not the bundle"
        raise DecodeError("POLICY_BUNDLE_MALFORMED", message)
    if verified.payload_type in MANIFESTS:
        return read_manifest(verified.payload, blobs)
    content = verified.payload
    if len(content) > MAX_BYTES:
        raise too_large(f"{len(content):,} bytes, at most {MAX_BYTES:,} are read")
    if content.startswith(_GZIP_MAGIC):
        return Contents(read_archive(content))
    return Contents((File(_file_name(verified, reference), content),))


def _file_name(verified: Verified, reference: Reference) -> str:
    """Name a single file by its content, its place or its media type, whichever says what it is."""
    if verified.payload.startswith(WASM_MAGIC):
        name = reference.locator.rpartition("/")[2]
        return safe(name) if ending(name) == ".wasm" else "policy.wasm"
    name = reference.locator.partition("?")[0].rpartition("/")[2]
    if ending(name) in _NAMES:
        return safe(name)
    if LAYERS.get(verified.payload_type) is Form.REGO:
        return Form.REGO.value
    raise DecodeError(
        "POLICY_BUNDLE_MALFORMED",
        "expected an OCI manifest, a .rego, .wasm or .yaml file, or a .tar.gz of them, seen "
        f"{name[:80]!r} of type {verified.payload_type[:80]!r}",
    )
