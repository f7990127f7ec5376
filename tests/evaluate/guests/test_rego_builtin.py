"""The guest's built-in functions, for policies that OPA compiled to Wasm."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from attest.evaluate.host.guest import guest
from attest.evaluate.host.guest_calls import GuestCalls
from attest.evaluate.host.machine import Program, load_module
from attest.evaluate.host.wasi import Wasi
from attest.model.limits import Limits

Call = Callable[..., tuple[str, str]]


@pytest.fixture(scope="module")
def call() -> Iterator[Call]:
    """Call a built-in; the answer's status and text."""
    compiled, wasi, calls = guest("rego").compiled(), Wasi(), GuestCalls()
    module = load_module(f"/dev/fd/{compiled.descriptor}")
    program = Program(module, {**wasi.functions(), **calls.functions()})
    wasi.begin(0, 0)
    instance = program.start(Limits())
    memory = instance.memory
    assert memory is not None
    wasi.attach(memory)
    calls.begin(memory)

    def ask(name: str, *arguments: str, **more: Any) -> tuple[str, str]:
        request = {"name": name, "args": list(arguments), "time_ns": 1_000, **more}
        content = json.dumps(request).encode()
        memory.write(instance.call("alloc", len(content)), content)
        at = instance.call("builtin", len(content))
        size, status = struct.unpack("<Ic", memory.read(at, 5))
        return status.decode(), memory.read(at + 5, size).decode()

    yield ask
    instance.close()


@pytest.mark.parametrize(
    ("name", "arguments", "result"),
    [
        ("sprintf", ['"%d %v"', '[1, {"a"}]'], r'"1 {\"a\"}"'),
        ("union", [r'{{1}, {2, "x\u0001"}}'], r'{1,2,"x\u0001"}'),
        ("intersection", ["{{1}, {2}}"], "set()"),
        ("object.get", ["{{1}: 2}", "{1}", "0"], "2"),
        ("object.get", ['{"<": "é"}', '"<"', "0"], '"é"'),
        ("object.remove", ['{"a": 1, 2: true}', '["a"]'], "{2:true}"),
        ("time.now_ns", [], "1000"),
        ("json.marshal", ['{"a": [null, 1.50]}'], r'"{\"a\":[null,1.50]}"'),
    ],
)
def test_results_are_terms(call: Call, name: str, arguments: list[str], result: str) -> None:
    assert call(name, *arguments) == ("v", result)


def test_the_same_call_has_the_same_result_whenever_it_is_asked(call: Call) -> None:
    asked = [("uuid.rfc4122", '"a"'), ("uuid.rfc4122", '"b"'), ("rand.intn", '"a"', "9")]
    first = [call(*one) for one in asked]
    again = [call(*one) for one in asked[::-1]]
    assert first == again[::-1]
    assert first[0] != first[1]


@pytest.mark.parametrize(
    "name", ["opa.runtime", "http.send", "net.lookup_ip_addr", "rego.parse_module", "trace", "nope"]
)
def test_built_ins_that_are_refused(call: Call, name: str) -> None:
    status, text = call(name, '"x"')
    assert (status, json.loads(text)["code"]) == ("e", "BUILTIN_ERROR")
    assert f"{name} is refused" in text


@pytest.mark.parametrize("text", ["data.x", "input", "[x | x = 1]", "x", "count([1])", "", "1 2"])
def test_only_values_are_arguments(call: Call, text: str) -> None:
    status, _ = call("count", text)
    assert status == "e"


def test_failures_and_nonsense_are_errors(call: Call) -> None:
    assert call("to_number", '"x"')[0] == "e"
    assert call("sprintf")[0] == "e"
    assert call("walk", '{"a": [1]}')[0] == "e"
    remote = '{"$ref": "https://example.com/schema"}'
    assert "remote reference loading disabled" in call("json.match_schema", "{}", remote)[1]
    assert call("count", "[1]", args=3)[0] == "e"


def test_a_call_without_a_result_is_undefined(call: Call) -> None:
    assert call("max", "[]") == ("u", "")
    assert call("object.union_n", "[]") == ("v", "{}")


def test_what_has_no_result_by_nature_is_true(call: Call) -> None:
    assert call("internal.print", '[{"said"}]') == ("v", "true")


def test_chainloops_finding(call: Call) -> None:
    arguments = ('"m"', '"CVE-2026-1"', '"pkg:npm/a@1"', '"HIGH"')
    status, text = call("chainloop.vulnerability", *arguments)
    assert status == "v"
    assert json.loads(text) == {
        "message": "m",
        "external_id": "CVE-2026-1",
        "package_purl": "pkg:npm/a@1",
        "severity": "HIGH",
    }
    assert call("chainloop.vulnerability", *arguments[:3])[0] == "e"
    assert call("chainloop.vulnerability", "1", *arguments[1:])[0] == "e"
