"""What ``attest inspect`` shows of a policy bundle: its claims, its policies, what is attached."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from attest.authoring import load
from attest.cli.inspect_policy import of_opa
from attest.errors import AttestError
from attest.evaluate import detect
from attest.evaluate.probe import is_wasm
from attest.fetch import Fetcher
from attest.model.artifact import Reference
from attest.model.policy import Policy, PolicyBundle
from attest.report.escape import plain

_NOT_VALID = frozenset({4, 6})
"""What lies or does not load is no valid bundle; what fails or was asked wrongly is raised."""

_CLAIMS = ("version", "revision", "author", "created", "description")


def document(reference: Reference, at: datetime) -> dict[str, Any]:
    """Return what a folder or a bundle in a layout holds, or why it is none.

    Nothing is fetched from a network, and signatures are counted, not verified. Raises
    `AttestError` when the bundle cannot be had at all.
    """
    try:
        bundle = load(reference, at, offline=True)
    except AttestError as error:
        if error.exit_code not in _NOT_VALID:
            raise
        problem = {"code": error.code, "message": error.message, "hint": error.hint}
        return {"what": "policy bundle", "valid": False, "problem": problem, "verified": False}
    return {
        "what": "policy bundle",
        "valid": True,
        "digest": str(bundle.digest),
        "claims": _claims(bundle),
        "policies": [_policy(policy) for policy in bundle.policies],
        "attached": _attached(reference),
        "verified": False,
    }


def describe(shown: dict[str, Any]) -> Iterator[str]:
    """Yield the text form of ``shown``."""
    if not shown["valid"]:
        problem = shown["problem"]
        yield f"no valid {shown['what']}"
        yield f"  {problem['code']}: {plain(problem['message'])}"
        return
    yield f"{shown['what']}, {shown['digest']}"
    for name, value in shown["claims"].items():
        yield f"  {name:<15} {plain(value)}"
    yield f"  {'attached':<15} {shown['attached']} signature(s) or attestation(s), not verified"
    for policy in shown["policies"]:
        kinds = ", ".join(policy["kinds"]) or "any kind"
        yield f"  policy {plain(policy['name'])}  ({plain(policy['engine'])})  for {plain(kinds)}"
        for name, value in policy["program"].items():
            yield f"    {name:<15} {plain(value)}"
        for each in policy["inputs"]:
            default = "optional" if each["default"] is None else f"default {each['default']!r}"
            need = "required" if each["required"] else default
            yield f"    {plain(each['name']):<13} {plain(need)}"
    yield "Nothing of this is verified."


def _policy(policy: Policy) -> dict[str, Any]:
    try:
        engine = detect.detect(policy)
    except AttestError as error:
        engine = f"none: {error.code}: {error.message}"
    return {
        "name": policy.name,
        "engine": engine,
        "digest": str(policy.digest),
        "kinds": list(policy.kinds),
        "inputs": [
            {"name": each.name, "required": each.required, "default": each.default}
            for each in policy.inputs
        ],
        "files": [file.path for file in policy.code],
        "program": _program(policy) if engine == detect.OPA_WASM else {},
    }


def _program(policy: Policy) -> dict[str, str]:
    """Return what a program that OPA compiled says of itself, and whether its source is there."""
    said = {
        name: value
        for file in policy.code
        if is_wasm(file.content)
        for name, value in of_opa(file.content)
    }
    beside = "beside it; both are asked, and must agree" if detect.two_forms(policy) else "none"
    return {**said, "source": beside}


def _claims(bundle: PolicyBundle) -> dict[str, str]:
    found = ((name, getattr(bundle.claims, name)) for name in _CLAIMS)
    return {name: value for name, value in found if value is not None}


def _attached(reference: Reference) -> int:
    if reference.scheme != "oci-layout":
        return 0
    with Fetcher(offline=True) as fetcher:
        fetched = fetcher.policy(reference)
    return len(fetched.attached) + len(fetched.refused)
