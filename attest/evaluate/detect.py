"""Which engine a policy's code asks for: a positive and exclusive answer, or a refusal.

Nothing is executed. Exactly one engine must recognise the code, and it must be the declared one
where one is declared. Text that is merely "not Wasm" is not Rego, and a file's name proves nothing.
"""

from __future__ import annotations

import re

from attest.errors import EngineError
from attest.evaluate.abi.extism.older import is_older
from attest.evaluate.probe import Module, is_wasm, probe
from attest.model.policy import File, Policy

REGO = "rego"
EXTISM = "extism"
OPA_WASM = "opa-wasm"
WAPC = "kubewarden-wapc"
WASI = "kubewarden-wasi"
RAW = "wasm-raw"
COMPONENT = "wasm-component"
CEDAR = "cedar"

KNOWN = {
    REGO: (REGO,),
    EXTISM: (EXTISM,),
    OPA_WASM: (OPA_WASM,),
    "kubewarden": (WAPC, WASI),
    RAW: (RAW,),
    COMPONENT: (COMPONENT,),
    CEDAR: (CEDAR,),
}
"""What ``engine:`` may say in a plan or a policy, and the calling conventions that it covers."""

_OPA_ABI = frozenset({"opa_wasm_abi_version", "opa_wasm_abi_minor_version"})
_OPA_FUNCTIONS = frozenset(
    {"eval", "builtins", "entrypoints", "opa_malloc", "opa_json_parse", "opa_json_dump"}
)
_EXTISM_MODULES = frozenset({"extism:host/env", "extism:host/user"})
_WASI_MODULES = frozenset({"wasi_snapshot_preview1", "wasi_unstable"})
_KUBEWARDEN_HOST = frozenset({"host", "kubewarden:javy/host"})
_RAW_ALLOCATORS = frozenset({"allocate", "alloc"})

_PACKAGE_CLAUSE = re.compile(r"(?:[ \t\r\n]|#[^\n]*+)*+package[ \t\r\n]+[A-Za-z_]")
_CEDAR_POLICY = re.compile(
    r'(?:\s|//[^\n]*+|@[A-Za-z_]\w*+\s*+\("[^"\n]*+"\))*+(?:permit|forbid)\s*\('
)
_SHAPES = (
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x7fELF", "an ELF program"),
    (b"PK\x03\x04", "a zip archive"),
    (b"MZ", "a Windows program"),
    (b"(module", "WebAssembly text (WAT)"),
    (b"(component", "WebAssembly text (WAT)"),
    (b"{", "a JSON document"),
    (b"[", "a JSON or TOML document"),
    (b"---", "a YAML document"),
)


def detect(policy: Policy) -> str:
    """Return the name of the one calling convention that recognises the policy's code.

    Raises ``EngineError``: ENGINE_UNKNOWN, ENGINE_AMBIGUOUS, ENGINE_MISMATCH, ENGINE_UNSUPPORTED,
    WASM_MALFORMED.
    """
    found = _of_code(policy)
    if policy.engine is None:
        return found
    if policy.engine not in KNOWN:
        names = ", ".join(sorted(KNOWN))
        raise EngineError(
            "ENGINE_UNKNOWN",
            f"policy {policy.name!r} declares engine {policy.engine!r}; known are {names}",
        )
    forms = {found, REGO} if two_forms(policy) else {found}
    if forms.isdisjoint(KNOWN[policy.engine]):
        raise EngineError(
            "ENGINE_MISMATCH",
            f"policy {policy.name!r} declares engine {policy.engine!r}, its code is {found!r}",
        )
    return found


def two_forms(policy: Policy) -> bool:
    """Tell whether the policy holds its source and what was compiled from it."""
    programs = sum(is_wasm(file.content) for file in policy.code)
    return 0 < programs < len(policy.code)


def _of_code(policy: Policy) -> str:
    modules = [file for file in policy.code if is_wasm(file.content)]
    sources = [file for file in policy.code if not is_wasm(file.content)]
    if not policy.code:
        raise EngineError("ENGINE_UNKNOWN", f"policy {policy.name!r} holds no code")
    languages = {_language(file) for file in sources}
    if len(languages) > 1:
        raise EngineError(
            "ENGINE_AMBIGUOUS",
            f"policy {policy.name!r} holds source in {' and '.join(sorted(languages))}",
        )
    if not modules:
        return languages.pop()
    found = _of_module(policy, modules[0])
    if len(modules) > 1:
        raise EngineError(
            "ENGINE_AMBIGUOUS", f"policy {policy.name!r} holds {len(modules)} Wasm programs, not 1"
        )
    if languages == {REGO} and found == OPA_WASM:
        return OPA_WASM  # in two forms: both are asked, and must agree
    if languages:
        raise EngineError(
            "ENGINE_AMBIGUOUS",
            f"policy {policy.name!r} holds source ({sources[0].path}) and a Wasm program of "
            f"another kind ({modules[0].path}: {found})",
        )
    return found


def _of_module(policy: Policy, file: File) -> str:
    """A module that imports nothing of its engine's is believed only by declaration."""
    module = probe(file.content)
    found = _conventions(module, file.content)
    if policy.engine == EXTISM and not found and _could_be_extism(module):
        return EXTISM
    return _only(found, module, file.path)


def _could_be_extism(module: Module) -> bool:
    wanted = {one.module for one in module.imports}
    return "Execute" in module.exported("func") and wanted <= _WASI_MODULES


def _only(found: list[str], module: Module, path: str) -> str:
    if len(found) == 1:
        return found[0]
    wants = ", ".join(str(one) for one in module.imports[:10]) or "nothing"
    offers = ", ".join(ascii(name) for name, _ in module.exports[:10]) or "nothing"
    if found:
        raise EngineError(
            "ENGINE_AMBIGUOUS",
            f"{path} speaks {' and '.join(found)} at once; it imports {wants}",
        )
    raise EngineError(
        "ENGINE_UNKNOWN",
        f"{path} is Wasm for no known engine: it imports {wants} and exports {offers}",
    )


def _conventions(module: Module, content: bytes) -> list[str]:
    """Return the calling conventions that a module speaks, by its imports and exports."""
    if module.component:
        return [COMPONENT]
    functions = module.exported("func")
    wanted = {one.module for one in module.imports}
    found = []
    if _OPA_ABI & module.exported("global") or functions >= _OPA_FUNCTIONS:
        found.append(OPA_WASM)
    if "wapc" in wanted or "__guest_call" in functions:
        found.append(WAPC)
    if _speaks_extism(module) or is_older(module, content):
        found.append(EXTISM)
    if not wanted and "evaluate" in functions and functions & _RAW_ALLOCATORS:
        found.append(RAW)
    # A host ABI may sit on top of WASI and export `_start` or `_initialize` besides its own.
    if not found and "_start" in functions and wanted <= _WASI_MODULES | _KUBEWARDEN_HOST:
        found.append(WASI)
    return found


def _speaks_extism(module: Module) -> bool:
    return any(
        one.module in _EXTISM_MODULES
        or (one.module == "env" and one.name.startswith(("extism_", "chainloop_discover")))
        for one in module.imports
    )


def _language(file: File) -> str:
    """Source text is told by how it starts; the engine's own parser is the judge later."""
    try:
        text = file.content.decode("utf-8")
    except UnicodeDecodeError:
        raise _no_source(file, "bytes that are not UTF-8 text") from None
    if "\0" in text:
        raise _no_source(file, "text with a NUL character")
    if _PACKAGE_CLAUSE.match(text):
        return REGO
    if _CEDAR_POLICY.match(text):
        return CEDAR
    raise _no_source(file, "text without a Rego package clause")


def _no_source(file: File, otherwise: str) -> EngineError:
    start = file.content.lstrip()
    seen = next((name for magic, name in _SHAPES if start.startswith(magic)), otherwise)
    return EngineError("ENGINE_UNKNOWN", f"{file.path or 'the code'} is {seen}; no engine runs it")
