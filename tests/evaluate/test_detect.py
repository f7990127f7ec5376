"""Detection: exactly one engine recognises the code, or the policy is refused."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import EngineError
from attest.evaluate.detect import _OPA_FUNCTIONS, detect, two_forms
from attest.evaluate.engine import find
from attest.evaluate.registry import ENGINES
from tests.evaluate.abi.extism.wat import SAY, assemble, module
from tests.evaluate.make import policy

EXTISM = module(SAY)
OPA = assemble(
    '(module (import "env" "opa_abort" (func (param i32)))'
    ' (global (export "opa_wasm_abi_version") i32 (i32.const 1)))'
)
OLD_OPA = assemble(
    "(module " + " ".join(f'(func (export "{name}"))' for name in sorted(_OPA_FUNCTIONS)) + ")"
)
WAPC = assemble(
    '(module (import "wapc" "__guest_request" (func (param i32 i32)))'
    ' (func (export "_start")) (func (export "__guest_call")))'
)
WASI = assemble(
    '(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))'
    ' (func (export "_start")))'
)
RAW = assemble('(module (func (export "evaluate")) (func (export "allocate")))')
COMPONENT = b"\0asm\x0d\0\1\0"
TWO_AT_ONCE = assemble(
    '(module (import "extism:host/env" "free" (func (param i64)))'
    ' (global (export "opa_wasm_abi_version") i32 (i32.const 1)))'
)
BINDGEN = assemble('(module (import "./a_bg.js" "x" (func)) (func (export "run")))')
REGO = "package p\n"


@pytest.mark.parametrize(
    ("code", "engine"),
    [
        (EXTISM, "extism"),
        (OPA, "opa-wasm"),
        (OLD_OPA, "opa-wasm"),
        (WAPC, "kubewarden-wapc"),
        (WASI, "kubewarden-wasi"),
        (RAW, "wasm-raw"),
        (COMPONENT, "wasm-component"),
        ("package p", "rego"),
        ("# licence\n\n  # more\npackage\ta.b\n", "rego"),
        ('// c\n@id("x")\npermit (principal, action, resource);', "cedar"),
        ("forbid(principal, action, resource);", "cedar"),
    ],
)
def test_recognised(code: bytes | str, engine: str) -> None:
    assert detect(policy(code)) == engine


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (gzip.compress(b"package p", mtime=0), "gzip"),
        (b"\x7fELF\x02\x01\x01", "ELF"),
        (b"PK\x03\x04", "zip"),
        (b'{"wasm": [{"path": "/etc/passwd"}]}', "JSON"),
        (b"[wasm]\npath = 'x'", "TOML"),
        (b'package = "x"', "package clause"),
        (b"package: x", "package clause"),
        (b"package", "package clause"),
        (b"(module)", "WAT"),
        (b"---\nkind: Policy", "YAML"),
        (b"", "package clause"),
        (b"deny contains 1 if true", "package clause"),
        (b"# package p", "package clause"),
        (b"packages p", "package clause"),
        (b"package p\0", "NUL"),
        (b"package \xff", "UTF-8"),
        (b"\xef\xbb\xbfpackage p", "package clause"),
    ],
)
def test_not_code_for_any_engine(code: bytes, words: str) -> None:
    with pytest.raises(EngineError) as refused:
        detect(policy(code))
    assert refused.value.code == "ENGINE_UNKNOWN"
    assert words in refused.value.message


@pytest.mark.parametrize(
    ("codes", "reason"),
    [
        ((BINDGEN,), "ENGINE_UNKNOWN"),
        ((TWO_AT_ONCE,), "ENGINE_AMBIGUOUS"),
        ((EXTISM, EXTISM), "ENGINE_AMBIGUOUS"),
        ((REGO, EXTISM), "ENGINE_AMBIGUOUS"),
        ((REGO, OPA, OPA), "ENGINE_AMBIGUOUS"),
        (("permit(principal, action, resource);", OPA), "ENGINE_AMBIGUOUS"),
        ((REGO, "permit(principal, action, resource);"), "ENGINE_AMBIGUOUS"),
        ((REGO, "text"), "ENGINE_UNKNOWN"),
        ((), "ENGINE_UNKNOWN"),
        ((b"\0asm\1\0\0\0\xff",), "WASM_MALFORMED"),
    ],
)
def test_refused(codes: tuple[bytes | str, ...], reason: str) -> None:
    with pytest.raises(EngineError) as refused:
        detect(policy(*codes))
    assert refused.value.code == reason


def test_the_forbidden_imports_of_an_unknown_program_are_listed() -> None:
    with pytest.raises(EngineError, match=r"a_bg\.js"):
        detect(policy(BINDGEN))


@pytest.mark.parametrize(
    ("code", "declared", "reason"),
    [
        (EXTISM, "rego", "ENGINE_MISMATCH"),
        (REGO, "extism", "ENGINE_MISMATCH"),
        (OPA, "extism", "ENGINE_MISMATCH"),
        (OPA, "rego", "ENGINE_MISMATCH"),
        (REGO, "javascript", "ENGINE_UNKNOWN"),
    ],
)
def test_a_declaration_must_agree(code: bytes | str, declared: str, reason: str) -> None:
    with pytest.raises(EngineError) as refused:
        detect(policy(code, engine=declared))
    assert refused.value.code == reason


@pytest.mark.parametrize(
    ("code", "declared"),
    [(EXTISM, "extism"), (REGO, "rego"), (WAPC, "kubewarden"), (WASI, "kubewarden")],
)
def test_a_declaration_that_agrees(code: bytes | str, declared: str) -> None:
    assert detect(policy(code, engine=declared)) == detect(policy(code))


@pytest.mark.parametrize("declared", [None, "rego", "opa-wasm"])
def test_a_policy_in_two_forms(declared: str | None) -> None:
    both = policy(REGO, OPA, engine=declared)
    assert detect(both) == "opa-wasm"
    assert two_forms(both)
    assert not two_forms(policy(REGO, REGO))
    assert not two_forms(policy(OPA))


def test_a_policy_in_two_forms_is_not_another_engines() -> None:
    with pytest.raises(EngineError) as refused:
        detect(policy(REGO, OPA, engine="extism"))
    assert refused.value.code == "ENGINE_MISMATCH"


@pytest.mark.parametrize("code", [WAPC, WASI, RAW, COMPONENT, "permit(principal, a, r);"])
def test_known_but_not_supported_is_named(code: bytes | str) -> None:
    with pytest.raises(EngineError) as refused:
        find(policy(code), ENGINES)
    assert refused.value.code == "ENGINE_UNSUPPORTED"
    assert detect(policy(code)) in refused.value.message


def test_every_engine_has_a_name_of_its_own() -> None:
    assert len({one.name for one in ENGINES}) == len(ENGINES)
    assert {detect(policy(code)) for code in (REGO, OPA, EXTISM)} == {one.name for one in ENGINES}


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.lists(st.binary(max_size=60) | st.text(max_size=60), max_size=3))
def test_any_code_is_recognised_or_refused(codes: list[bytes | str]) -> None:
    clean = [one.encode("utf-8", "replace") if isinstance(one, str) else one for one in codes]
    try:
        assert detect(policy(*clean)) == "rego"
    except EngineError as error:
        assert error.exit_code == 6  # noqa: PT017  # both ends are right
