"""Which policies a set of files holds. A file that is policy code is run or refused, never lost."""

from __future__ import annotations

import dataclasses
import posixpath
from collections import Counter
from collections.abc import Sequence
from typing import Any

from attest.decode.policies import chainloop, opa, strict_yaml
from attest.decode.policies.declared import from_declarations
from attest.decode.policies.paths import ending, safe, stem
from attest.decode.policies.scripts import WASM_MAGIC
from attest.decode.policies.unit import unit
from attest.errors import DecodeError
from attest.model import strict_json
from attest.model.policy import Claims, File, Policy

_YAML = frozenset({".yaml", ".yml"})
_UNSUPPORTED = frozenset({".cedar", ".cel", ".rbb"})
"""Policy languages without an engine yet: leaving such a file out would lose a policy."""


def policies_from(
    files: Sequence[File], claims: Claims, *, name: str = "policy"
) -> tuple[Policy, ...]:
    """Return the policies in ``files``; raise `DecodeError` when there is none, or one is broken.

    Where documents mean to be Chainloop's, they say what the policies are. Without any, the Rego
    modules together are one policy called ``name``, with what OPA compiled from them, and each
    other Wasm module is one.
    """
    by_path = {safe(file.path): dataclasses.replace(file, path=safe(file.path)) for file in files}
    if len(by_path) != len(files):
        raise DecodeError("POLICY_FILE_REFUSED", "two files have the same path")
    manifest = opa.read(tuple(by_path.values()))
    documents = {path: _parse(file) for path, file in by_path.items() if _is_document(path)}
    declared = {p: d for p, d in documents.items() if chainloop.is_declaration(d)}
    data = tuple(
        _mounted(by_path[path])
        for path in sorted(documents.keys() - declared.keys())
        if not manifest.present or posixpath.basename(path) in opa.DATA_NAMES
    )
    for path in by_path:
        if ending(path) in _UNSUPPORTED:
            raise DecodeError("POLICY_UNSUPPORTED", f"{path}: no engine for {ending(path)} yet")
    if declared:
        found, used = from_declarations(declared, by_path, data, claims)
        _check_all_used(by_path, used)
    else:
        found = _bare(by_path, manifest, data, claims, manifest.name or name)
    if not found:
        raise DecodeError("POLICY_BUNDLE_EMPTY", f"{len(files)} files, none of them a policy")
    _check_names(found)
    return found


def _mounted(file: File) -> File:
    """Say where a data document stands: by its folder under OPA's names, else at the root."""
    folder, name = posixpath.split(file.path)
    mount = tuple(folder.split("/")) if folder and name in opa.DATA_NAMES else ()
    return dataclasses.replace(file, mount=mount)


def _check_all_used(files: dict[str, File], used: frozenset[str]) -> None:
    for path in sorted(files.keys() - used):
        if _is_wasm(files[path]) or _is_rego(path):
            raise DecodeError("POLICY_UNREFERENCED", f"no policy.yaml of the bundle names {path}")


def _bare(
    files: dict[str, File],
    manifest: opa.Manifest,
    data: tuple[File, ...],
    claims: Claims,
    name: str,
) -> tuple[Policy, ...]:
    modules = tuple(files[path] for path in sorted(files) if _is_rego(path))
    wasm = [path for path in sorted(files) if _is_wasm(files[path])]
    missing = sorted({module for module, _ in manifest.entrypoints} - set(wasm))
    if missing:
        raise DecodeError(
            "POLICY_BUNDLE_MALFORMED", f"{opa.PATH} names {missing[0]!r}, which is not there"
        )
    found = []
    if modules:
        # Two forms of one policy: whether they are that, and agree, is for the engines to say.
        compiled = [path for path in wasm if opa.is_compiled(files[path], manifest)]
        wasm = [path for path in wasm if path not in compiled]
        policy = unit(name, (*modules, *(files[path] for path in compiled)), data, claims)
        entries = tuple(entry for path in compiled for entry in manifest.of(path))
        found.append(dataclasses.replace(policy, v0_compatible=manifest.v0, entrypoints=entries))
    shared = Counter([stem(path) for path in wasm] + [policy.name for policy in found])
    for path in wasm:
        called = stem(path) if shared[stem(path)] == 1 else path
        policy = unit(called, (files[path],), data, claims)
        found.append(dataclasses.replace(policy, entrypoints=manifest.of(path)))
    return tuple(found)


def _check_names(policies: tuple[Policy, ...]) -> None:
    name, count = Counter(policy.name for policy in policies).most_common(1)[0]
    if count > 1:
        raise DecodeError("POLICY_INVALID", f"{count} policies of the bundle are named {name!r}")


def _parse(file: File) -> Any:
    is_yaml = ending(file.path) in _YAML
    try:
        return strict_yaml.parse(file.content) if is_yaml else strict_json.parse(file.content)
    except ValueError as error:
        raise DecodeError(
            "POLICY_BUNDLE_MALFORMED", f"{file.path}: {error}", where=file.path
        ) from None


def _is_document(path: str) -> bool:
    return ending(path) in _YAML | {".json"} and path != opa.SIGNATURES


def _is_rego(path: str) -> bool:
    return ending(path) == ".rego"


def _is_wasm(file: File) -> bool:
    return ending(file.path) == ".wasm" or file.content.startswith(WASM_MAGIC)
