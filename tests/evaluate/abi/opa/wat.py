"""Programs that speak OPA's ABI, in WebAssembly text: each value is the address of its own text."""

from __future__ import annotations

from collections.abc import Sequence

from tests.evaluate.abi.extism.wat import assemble

MEMORY = '(import "env" "memory" (memory 1))'
FUNCTIONS = """
  (import "env" "opa_abort" (func $abort (param i32)))
  (import "env" "opa_println" (func $print (param i32)))
  (import "env" "opa_builtin1" (func $builtin (param i32 i32 i32) (result i32)))
"""
IMPORTS = MEMORY + FUNCTIONS
_ENTRYPOINTS, _BUILTINS, _RESULT, _TEXT, _FIRST_NAME, _HEAP = 16, 512, 1024, 2048, 4096, 16384


def _data(at: int, text: str | bytes) -> str:
    content = text.encode() if isinstance(text, str) else text
    escaped = "".join(f"\\{byte:02x}" for byte in content + b"\0")
    return f'(data (i32.const {at}) "{escaped}")'


def _list(names: Sequence[str], first: int) -> str:
    """Return the body by which OPA's compiler lists names."""
    entries = "".join(
        f"(call $insert (local.get 0) (call $text (i32.const {first + 256 * at}))"
        f" (call $number (i64.const {at})))"
        for at in range(len(names))
    )
    return f"(local i32) (local.set 0 (call $object)) {entries}"


def module(  # noqa: PLR0913  # each is one part of a program that a test makes wrong
    result: str | bytes = '[{"result": true}]',
    *,
    entrypoints: str = '{"p/allow": 0}',
    builtins: str = "{}",
    listed: Sequence[str] = (),
    evaluate: str = "",
    abi: tuple[int, int] | None = (1, 3),
    imports: str = IMPORTS,
    malloc: str = "(local.set 1 (global.get $heap)) (global.set $heap (i32.add (local.get 1)"
    " (local.get 0))) (local.get 1)",
    dump: str = "(local.get 0)",
    text: str | bytes = "",
    extra: str = "",
    without: str = "",
) -> bytes:
    """Return a program that answers ``result``.

    ``evaluate`` runs in ``eval``, after which the result's text is the answer; ``listed`` are the
    built-ins that its bytes name, ``builtins`` those that it names when it runs. ``text`` is at
    `TEXT`. ``without`` is the name of a function that it does not export.
    """
    version = (
        ""
        if abi is None
        else "".join(
            f'(global (export "opa_wasm_abi_{name}") i32 (i32.const {number}))'
            for name, number in zip(("version", "minor_version"), abi, strict=True)
        )
    )
    # fmt: off
    functions = {
        "eval": f'(func (export "eval") (param i32) (result i32) {evaluate} (i32.const 0))',
        "builtins": '(func (export "builtins") (result i32) '
        f"{_list(listed, _FIRST_NAME)} (local.get 0))",
        "entrypoints": '(func (export "entrypoints") (result i32)'
        f" (i32.const {_ENTRYPOINTS}))",
        "opa_malloc": f'(func (export "opa_malloc") (param i32) (result i32) (local i32) {malloc})',
        "opa_json_parse": '(func (export "opa_json_parse") (param i32 i32) (result i32)'
        " (local.get 0))",
        "opa_value_parse": '(func (export "opa_value_parse") (param i32 i32) (result i32)'
        " (local.get 0))",
        "opa_json_dump": f'(func (export "opa_json_dump") (param i32) (result i32) {dump})',
        "opa_value_dump": '(func (export "opa_value_dump") (param i32) (result i32) (local.get 0))',
        "opa_eval_ctx_new": '(func (export "opa_eval_ctx_new") (result i32) (i32.const 8))',
        "opa_eval_ctx_set_input": '(func (export "opa_eval_ctx_set_input") (param i32 i32))',
        "opa_eval_ctx_set_data": '(func (export "opa_eval_ctx_set_data") (param i32 i32))',
        "opa_eval_ctx_set_entrypoint": '(func (export "opa_eval_ctx_set_entrypoint")'
        " (param i32 i32))",
        "opa_eval_ctx_get_result": '(func (export "opa_eval_ctx_get_result") (param i32)'
        " (result i32) (global.get $result))",
    }
    # fmt: on
    functions.pop(without, None)
    names = "".join(_data(_FIRST_NAME + 256 * at, name) for at, name in enumerate(listed))
    return assemble(f"""(module {imports} {version} {extra}
      (global $heap (mut i32) (i32.const {_HEAP}))
      (global $result (mut i32) (i32.const {_RESULT}))
      (func $object (result i32) (i32.const {_BUILTINS}))
      (func $text (param i32) (result i32) (local.get 0))
      (func $number (param i64) (result i32) (i32.const 0))
      (func $insert (param i32 i32 i32))
      {_data(_ENTRYPOINTS, entrypoints)} {_data(_BUILTINS, builtins)} {_data(_RESULT, result)}
      {_data(_TEXT, text)} {names} {" ".join(functions.values())})""")


TEXT = _TEXT
"""Where ``text`` is."""
