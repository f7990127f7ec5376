"""What ``attest inspect`` prints: claims first, then how to demand the signer they name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attest.decode import Recognised
from attest.errors import AttestError
from attest.model.artifact import Artifact
from attest.report.escape import plain
from attest.verify.bundle import parse_bundle
from attest.verify.certificate import Leaf


def document(artifact: Artifact, recognised: Recognised, *, valid: bool) -> dict[str, Any]:
    """Return the JSON form."""
    leaf = _leaf(artifact)
    return {
        "what": recognised.what,
        "kind": recognised.kind,
        "valid": valid,
        "problem": _problem(recognised),
        "digest": str(artifact.digest),
        "size": len(artifact.content),
        "claims": [{"name": name, "value": value} for name, value in recognised.claims],
        "certificate": None if leaf is None else dict(_certificate(leaf)),
        "verified": False,
    }


def describe(artifact: Artifact, recognised: Recognised, kind: str | None) -> Iterator[str]:
    """Yield the text form."""
    yield f"{recognised.what}, {len(artifact.content):,} bytes, {artifact.digest}"
    if recognised.kind is not None:
        yield f"  kind            {recognised.kind}"
    if kind is not None and recognised.kind != kind:
        yield f"  not             {kind}"
    if recognised.problem is not None:
        yield f"  not valid       {recognised.problem.code}: {plain(recognised.problem.message)}"
    for name, value in recognised.claims:
        yield f"  {name:<15} {plain(value)}"
    leaf = _leaf(artifact)
    for name, value in _certificate(leaf) if leaf else ():
        yield f"  {name:<15} {plain(value)}"
    yield "Nothing of this is verified."


def demand(artifact: Artifact, path: str) -> Iterator[str]:
    """Yield the command and the ``signers:`` block that would demand this signer."""
    leaf = _leaf(artifact)
    if leaf is None or leaf.identity is None or leaf.issuer is None:
        return
    identity, issuer = plain(leaf.identity), plain(leaf.issuer)
    yield ""
    yield "To demand this signer:"
    yield f"  attest verify --bundle {path} \\"
    yield f"    --certificate-identity {identity} \\"
    yield f"    --certificate-oidc-issuer {issuer} SUBJECT"
    yield "or in attest.yaml:"
    yield "  signers:"
    yield f"    NAME: {{root: public-good, issuer: {issuer}, identity: {identity}}}"


def _leaf(artifact: Artifact) -> Leaf | None:
    try:
        return parse_bundle(artifact.content).leaf
    except AttestError:
        return None


def _certificate(leaf: Leaf) -> Iterator[tuple[str, str]]:
    yield "identity", leaf.identity or "none"
    yield "issuer", leaf.issuer or "none"
    yield "not before", f"{leaf.window.start:%Y-%m-%dT%H:%M:%SZ}"
    if leaf.window.end is not None:
        yield "not after", f"{leaf.window.end:%Y-%m-%dT%H:%M:%SZ}"
    yield from sorted(leaf.claims.items())


def _problem(recognised: Recognised) -> dict[str, str] | None:
    problem = recognised.problem
    if problem is None:
        return None
    return {"code": problem.code, "message": problem.message, "hint": problem.hint}
