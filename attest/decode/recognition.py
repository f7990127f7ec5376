"""What a file is and what it claims, trusting nothing: for `attest inspect` and for listings."""

from __future__ import annotations

import zlib
from typing import Any

from attest.decode import signed
from attest.decode.formats import by_marks
from attest.errors import DecodeError
from attest.model import strict_json
from attest.model.frozen import frozen
from attest.model.material import Kind, Problem

MAX_RECOGNISED = 64 << 20
"""Bytes of the largest file that is parsed to say what it is."""

_MAX_LINES = 10_000
_PEM = {
    b"-----BEGIN CERTIFICATE-----": "certificate (PEM)",
    b"-----BEGIN PUBLIC KEY-----": "public key (PEM)",
}
_MAGIC = {b"\x1f\x8b": "gzip archive", b"\x00asm": "WebAssembly module"}
_BEFORE_JSON = b"\xef\xbb\xbf \t\r\n"
"""White space, and the byte-order mark that strict JSON refuses: it is broken JSON, not text."""

_TRUSTED_ROOT = "application/vnd.dev.sigstore.trustedroot"


@frozen
class Recognised:
    """What a file is.

    ``valid`` tells whether it is well formed as that; ``problem`` says why not. ``kind`` is the
    evidence it claims to be. ``claims`` are name and value pairs, none of them verified.
    """

    what: str
    kind: Kind | None = None
    valid: bool = True
    problem: Problem | None = None
    claims: tuple[tuple[str, str], ...] = ()


def recognise(content: bytes) -> Recognised:
    """Say what ``content`` is; never raises."""
    for magic, what in _MAGIC.items():
        if content.startswith(magic):
            return _container(content, what)
    start = content[:4096].lstrip(_BEFORE_JSON)
    for header, what in _PEM.items():
        if start.startswith(header):
            return Recognised(what, claims=(("blocks", str(content.count(header))),))
    if len(content) > MAX_RECOGNISED:
        message = f"{len(content):,} bytes, at most {MAX_RECOGNISED:,} are looked into"
        return _invalid("large file", Problem.of("DOCUMENT_TOO_LARGE", message))
    if start[:1] in {b"{", b"["}:
        return _json(content)
    return Recognised("text" if _is_text(content) else "binary")


def _invalid(what: str, found: Problem, kind: Kind | None = None) -> Recognised:
    return Recognised(what, kind, valid=False, problem=found)


def _container(content: bytes, what: str) -> Recognised:
    if what == "WebAssembly module" and content[4:8] == b"\x0d\x00\x01\x00":
        what = "WebAssembly component"
    if what == "gzip archive" and _is_tar(content):
        what = "gzip-compressed tar archive"
    return Recognised(what, claims=(("bytes", str(len(content))),))


def _is_tar(content: bytes) -> bool:
    try:
        head = zlib.decompressobj(wbits=31).decompress(content, 512)
    except zlib.error:
        return False
    return head[257:262] == b"ustar"


def _json(content: bytes) -> Recognised:
    try:
        return _document(strict_json.parse(content), content)
    except ValueError as error:
        lines = _lines(content)
        if lines is not None:
            return lines
        return _invalid("JSON", Problem.of("JSON_INVALID", str(error)))


def _document(document: Any, content: bytes) -> Recognised:
    if not isinstance(document, dict):
        return Recognised("JSON", claims=(("elements", str(len(document))),))
    read = signed.look(document, content)
    if read is not None:
        refusal = read.refusal
        found = Problem.of(refusal.code, refusal.message) if refusal else None
        return Recognised(read.what, read.kind, found is None, found, read.claims)
    if str(document.get("mediaType", "")).startswith(_TRUSTED_ROOT):
        return Recognised("Sigstore trusted root", claims=_counts(document))
    known = by_marks(document)
    if known is None:
        return Recognised("JSON")
    what = {Kind.SARIF: "SARIF log", Kind.SBOM_CYCLONEDX_JSON: "CycloneDX BOM"}
    name = what.get(known.kind, "SPDX document")
    try:
        facts = known.read(document)
    except DecodeError as error:
        return _invalid(name, Problem.of(error.code, error.message), known.kind)
    return Recognised(name, known.kind, claims=signed.fact_claims(facts))


def _counts(root: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    members = ("certificateAuthorities", "tlogs", "ctlogs", "timestampAuthorities")
    return tuple((m, str(len(root[m]))) for m in members if isinstance(root.get(m), list))


def _lines(content: bytes) -> Recognised | None:
    """Recognise JSON Lines: every line that is not blank is one document."""
    lines = [line for line in content.split(b"\n", _MAX_LINES) if line.strip()]
    if len(lines) < 2 or len(lines) > _MAX_LINES:  # noqa: PLR2004  # one line is plain JSON
        return None
    counted: dict[str, int] = {}
    for line in lines:
        try:
            found = _document(strict_json.parse(line), line)
        except ValueError:
            return None
        counted[found.what] = counted.get(found.what, 0) + 1
    claims = tuple((what, str(count)) for what, count in sorted(counted.items()))
    return Recognised("JSON lines", claims=claims)


def _is_text(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\x00" not in content
