"""What ``attest inspect`` prints: claims first, then how to demand the signer they name."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any

from attest.cli.inspect_policy import policy_claims
from attest.decode import Recognised
from attest.errors import AttestError
from attest.model.artifact import Artifact
from attest.report.escape import plain
from attest.verify.bundle import Bundle, parse_bundle
from attest.verify.certificate import Leaf

_PLAIN = re.compile(r"https://[A-Za-z0-9./_@-]+")
"""Identities that YAML reads as they stand, also between braces."""


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
        "policy": dict(policy_claims(artifact)) or None,
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
    for name, value in policy_claims(artifact):
        yield f"  {name:<15} {plain(value)}"
    leaf = _leaf(artifact)
    for name, value in _certificate(leaf) if leaf else ():
        yield f"  {name:<15} {plain(value)}"
    yield "Nothing of this is verified."


def demand(artifact: Artifact, path: str) -> Iterator[str]:
    """Yield the command and the ``signers:`` block that would demand this signer."""
    bundle = _bundle(artifact)
    if bundle is None:
        return
    where, leaf = shlex.quote(plain(path)), bundle.leaf
    if leaf is None:
        command, signer = ["--key signer.pub SUBJECT"], "key: {path: signer.pub, sha256: HEX}"
    elif leaf.identity is None or leaf.issuer is None:
        return
    else:
        identity, issuer = plain(leaf.identity), plain(leaf.issuer)
        command = [
            f"--certificate-identity {shlex.quote(identity)} \\",
            f"--certificate-oidc-issuer {shlex.quote(issuer)} SUBJECT",
        ]
        signer = f"root: public-good, issuer: {_scalar(issuer)}, identity: {_scalar(identity)}"
    yield from ("", "To demand this signer:", f"  attest verify --bundle={where} \\")
    yield from (f"    {line}" for line in command)
    yield from ("or in attest.yaml:", "  signers:", f"    NAME: {{{signer}}}")


def _bundle(artifact: Artifact) -> Bundle | None:
    try:
        return parse_bundle(artifact.content)
    except AttestError:
        return None


def _scalar(text: str) -> str:
    """Write text as YAML; what is not a plain URL is quoted, in JSON's way."""
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _leaf(artifact: Artifact) -> Leaf | None:
    bundle = _bundle(artifact)
    return bundle.leaf if bundle else None


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
