"""The child process that runs Extism's own runtime: the only importer of that library."""

from __future__ import annotations

import base64
import json
import sys
from typing import Any

from attest.evaluate.host import jail
from attest.evaluate.native.child import read_parts

_OWN_MEMORY = 2 << 30
"""Private memory besides the policy's: compiling takes most of it."""


def main(_arguments: list[str]) -> None:
    """Answer for each document on standard input, one line each."""
    head, (program, *documents) = read_parts(sys.stdin.buffer)
    memory, timeout = int(str(head["memory"])), int(str(head["timeout_ms"]))
    jail.limit_memory(_OWN_MEMORY + 2 * memory)
    # `CompiledPlugin` is not exported; `functions` defaults to a list that the process shares.
    from extism.extism import CompiledPlugin, Plugin

    try:
        compiled = CompiledPlugin(_manifest(program, head, timeout), wasi=True, functions=[])
    except Exception as error:  # noqa: BLE001  # whatever the library raises, it did not load
        for _ in documents:
            _say({"unsupported": str(error)[:500]})
        return
    for document in documents:
        try:
            _say({"output": base64.b64encode(_call(Plugin, compiled, head, document)).decode()})
        except Exception as error:  # noqa: BLE001  # UnicodeDecodeError on hostile error texts
            _say({"error": str(error)[:500]})


def _manifest(program: bytes, head: dict[str, Any], timeout: int) -> dict[str, Any]:
    return {
        "wasm": [{"data": base64.b64encode(program).decode()}],
        "memory": {"max_pages": head["max_pages"]},
        "config": head["config"],
        "allowed_hosts": [],
        "timeout_ms": timeout,
    }


def _call(plugin: Any, compiled: Any, head: dict[str, Any], document: bytes) -> bytes:
    """Run one document in a plugin of its own: state stays behind after a call."""
    with plugin(compiled, wasi=True, config=head["config"], functions=[]) as one:
        return bytes(one.call(head["export"], document))


def _say(answer: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
