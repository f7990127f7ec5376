"""OPA's own bundle signature, ``.signatures.json``: which files it lists, and whether they are so.

openpolicyagent.org/docs/management-bundles, "Signing"; hashes as in OPA's bundle/hash.go and
bundle/verify.go. Whether the token is signed by the right key is for `attest.verify` to say.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attest.decode.policies import opa, strict_yaml
from attest.decode.policies.paths import safe
from attest.decode.shape import Shape
from attest.errors import DecodeError
from attest.model import strict_json
from attest.model.policy import File

PATH = opa.SIGNATURES
"""Where the signature of a bundle lies."""

_CODE = "OPA_SIGNATURE_INVALID"
_STRUCTURED = frozenset({"data.json", "data.yaml", opa.PATH, opa.SIGNATURES})
"""What OPA hashes as a document, whatever its spaces and order of keys (IsStructuredDoc)."""

_HASHES: dict[str, Callable[[bytes], Any]] = {
    "SHA-256": hashlib.sha256,
    "SHA-384": hashlib.sha384,
    "SHA-512": hashlib.sha512,
}
"""OPA also writes MD5, SHA-1 and truncated hashes; these prove too little."""

_DEFAULT_PLUGIN = "_default"


class _Number(str):
    """A number as it is written: OPA hashes its text."""

    __slots__ = ()


def token(files: Sequence[File]) -> str | None:
    """Return the one token of the bundle's signature file; ``None`` when there is no such file.

    Raises `DecodeError` (OPA_SIGNATURE_INVALID).
    """
    found = next((file for file in files if file.path == opa.SIGNATURES), None)
    if found is None:
        return None
    document = _parse(found.content, opa.SIGNATURES)
    tokens = document.at("signatures").items()
    if len(tokens) != 1:
        raise DecodeError(_CODE, f"{opa.SIGNATURES}: expected one token, seen {len(tokens)}")
    plugin = document.at("plugin").optional_text()
    if plugin not in {None, _DEFAULT_PLUGIN}:
        raise DecodeError(_CODE, f"{opa.SIGNATURES}: a signature by the plugin {plugin!r:.80}")
    return tokens[0].text()


def check(payload: bytes, files: Sequence[File], scope: str) -> int:
    """Return how many files the verified ``payload`` of the token lists: exactly those there are.

    Each must have the hash that is listed, and the token the ``scope``. Raises `DecodeError`
    (OPA_SIGNATURE_INVALID).
    """
    document = _parse(payload, "the token")
    stated = document.at("scope").value
    if (stated or "") != scope:
        raise DecodeError(_CODE, f"expected the scope {scope!r}, seen {stated!r:.80}")
    listed = _listed(document)
    present = {file.path: file for file in files if file.path != opa.SIGNATURES}
    for what, paths in (
        ("in the bundle and not listed", present.keys() - listed.keys()),
        ("listed and not in the bundle", listed.keys() - present.keys()),
    ):
        if paths:
            raise DecodeError(_CODE, f"{min(paths)!r:.200} is {what}")
    for path, (algorithm, expected) in sorted(listed.items()):
        seen = _HASHES[algorithm](_hashed(present[path])).hexdigest()
        if seen != expected:
            message = f"{path!r:.200}: expected {algorithm} {expected:.128}, seen {seen}"
            raise DecodeError(_CODE, message)
    return len(listed)


def _listed(document: Shape) -> Mapping[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for item in document.at("files").items():
        entry = item.object()
        path = safe(entry.at("name").text())
        algorithm = entry.at("algorithm").text()
        if algorithm not in _HASHES:
            wanted = " or ".join(_HASHES)
            raise DecodeError(_CODE, f"{path}: expected {wanted}, seen {algorithm[:40]!r}")
        if path in found:
            raise DecodeError(_CODE, f"{path!r:.200} is listed twice")
        found[path] = (algorithm, entry.at("hash").text())
    return found


def _hashed(file: File) -> bytes:
    """Return what OPA hashes of a file: its bytes, or a document in one canonical form."""
    name = posixpath.basename(file.path)
    if name not in _STRUCTURED:
        return file.content
    if name.endswith(".yaml"):
        try:
            return _canonical(strict_yaml.parse(file.content)).encode()
        except ValueError as error:
            raise DecodeError(_CODE, f"{file.path}: {error}") from None
    _parse(file.content, file.path, whole=False)
    numbers = json.loads(file.content, parse_int=_Number, parse_float=_Number)
    return _canonical(numbers).encode()


def _canonical(value: Any) -> str:
    """Write a document as OPA hashes it (hash.go): sorted keys, no spaces, Go's JSON for the rest.

    Go writes U+2028 and U+2029 as escapes and everything else beyond ASCII as it is.
    """
    if isinstance(value, dict):
        members = (f"{_canonical(key)}:{_canonical(value[key])}" for key in sorted(value))
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_canonical, value)) + "]"
    if isinstance(value, _Number):
        return str(value)
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _parse(content: bytes, what: str, *, whole: bool = True) -> Shape:
    try:
        shape = Shape(strict_json.parse(content), _CODE)
    except ValueError as error:
        raise DecodeError(_CODE, f"{what} is not strict JSON: {error}") from None
    return shape.object() if whole else shape
