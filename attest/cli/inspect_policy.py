"""What ``attest inspect`` shows of policy code: the engine its bytes ask for, and what it wants."""

from __future__ import annotations

from attest.errors import AttestError
from attest.evaluate import detect, probe
from attest.evaluate.abi.opa import names, static
from attest.evaluate.abi.opa.builtins import refusal
from attest.model.artifact import Artifact
from attest.model.digest import Digest
from attest.model.policy import File, Policy

_SHOWN = 12


def policy_claims(artifact: Artifact) -> tuple[tuple[str, str], ...]:
    """Return engine, imports and exports of a program; nothing for what is no policy code.

    Nothing is executed. A program that no engine runs is shown with the reason.
    """
    wasm = probe.is_wasm(artifact.content)
    if not wasm and not artifact.reference.locator.endswith((".rego", ".wasm")):
        return ()
    engines = []
    try:
        engines = [detect.detect(_policy(artifact))]
        found = [("engine", engines[0])]
    except AttestError as error:
        found = [("engine", f"none: {error.code}: {error.message}")]
    if not wasm:
        return tuple(found)
    try:
        module = probe.probe(artifact.content)
    except AttestError as error:
        return (*found, ("malformed", error.message))
    imports = [f"{each.module} {each.name}" for each in module.imports]
    exports = [f"{name} ({kind})" for name, kind in module.exports]
    found += [("imports", _some(imports)), ("exports", _some(exports))]
    if detect.OPA_WASM in engines:
        found += of_opa(artifact.content)
    if module.custom:
        found.append(("sections", _some(list(module.custom))))
    return (*found, ("start function", "yes" if module.starts else "no"))


def of_opa(content: bytes) -> list[tuple[str, str]]:
    """Return what a program that OPA compiled says of itself; its bytes may leave it open."""
    try:
        module = probe.probe(content)
        said = static.claims(content, module)
    except AttestError as error:
        return [("malformed", error.message)]
    found = [
        ("ABI", "none" if said.abi is None else "{}.{}".format(*said.abi)),
        ("entrypoints", _listed(said.entrypoints)),
        ("built-ins asked", _listed(said.builtins)),
    ]
    if refused := refusal(said.builtins or ()):
        found.append(("refused", refused))
    try:
        names.screen(module, "it")
    except AttestError as error:
        found.append(("refused", f"{error.code}: {error.message}"))
    return found


def _listed(said: tuple[str, ...] | None) -> str:
    return "its bytes do not say" if said is None else _some(list(said))


def _policy(artifact: Artifact) -> Policy:
    code = File(artifact.reference.locator, artifact.content)
    return Policy(artifact.reference.locator, (code,), Digest.of(artifact.content))


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return (", ".join(names[:_SHOWN]) or "none") + more
