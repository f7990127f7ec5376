"""Every file of a bundle that is policy code is run or refused; none is lost."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.decode.policies import policies_from
from attest.errors import DecodeError
from attest.model.policy import Claims, File, Policy
from tests.decode.making import refused

WASM = b"\x00asm\x01\x00\x00\x00"
DECLARATION = """apiVersion: chainloop.dev/v1
kind: Policy
metadata: {name: NAME, description: what it does}
spec:
  policies:
    - {kind: SARIF, path: p.rego}
"""


def files(contents: dict[str, bytes | str]) -> list[File]:
    """Return files by path."""
    return [
        File(path, text.encode() if isinstance(text, str) else text)
        for path, text in contents.items()
    ]


def read(found: list[File], name: str = "policy") -> tuple[Policy, ...]:
    return policies_from(found, Claims(version="1.0"), name=name)


def test_a_declared_policy() -> None:
    (policy,) = read(
        files(
            {
                "d/policy.yaml": DECLARATION.replace("NAME", "one"),
                "d/p.rego": "package p",
            }
        )
    )
    assert policy.name == "one"
    assert [file.path for file in policy.code] == ["d/p.rego"]
    assert (policy.kinds, policy.chainloop) == (("SARIF",), True)
    assert policy.claims == Claims(version="1.0", description="what it does")


def test_each_script_is_a_policy() -> None:
    spec = """apiVersion: chainloop.dev/v1
kind: Policy
metadata: {name: many, annotations: {version: '2.0'}}
spec:
  engine: rego
  inputs: [{name: a, default: x}]
  policies:
    - {kind: SARIF, embedded: package a}
    - {kind: SARIF, embedded: package b}
    - {embedded: package c}
"""
    found = read(files({"policy.yaml": spec}))
    assert [policy.name for policy in found] == ["many/SARIF", "many/SARIF/2", "many/any"]
    assert [policy.kinds for policy in found] == [("SARIF",), ("SARIF",), ()]
    assert {policy.engine for policy in found} == {"rego"}
    assert {policy.claims.version for policy in found} == {"2.0"}
    assert all(policy.inputs[0].name == "a" for policy in found)


def test_a_declaration_may_be_json() -> None:
    document = {
        "apiVersion": "chainloop.dev/v1",
        "kind": "Policy",
        "metadata": {"name": "j"},
        "spec": {"embedded": "package j", "type": "SARIF"},
    }
    (policy,) = read([File("policy.json", json.dumps(document).encode())])
    assert (policy.name, policy.kinds, policy.data) == ("j", ("SARIF",), ())


@pytest.mark.parametrize(
    "name", ["q.rego", "Q.REGO", "p_test.rego", "other/p.rego", "q.wasm", "sub/Q.WASM"]
)
def test_code_that_no_declaration_names_is_refused(name: str) -> None:
    declared = files({"policy.yaml": DECLARATION.replace("NAME", "one"), "p.rego": "package p"})
    refused("POLICY_UNREFERENCED", read, [*declared, File(name, b"package q")])


def test_wasm_under_another_name_is_code_too() -> None:
    declared = files({"policy.yaml": DECLARATION.replace("NAME", "one"), "p.rego": "package p"})
    refused("POLICY_UNREFERENCED", read, [*declared, File("image.bin", WASM)])
    (policy,) = read([File("image.bin", WASM)])
    assert policy.name == "image"


def test_an_auto_match_script_is_named() -> None:
    text = DECLARATION.replace("NAME", "one") + "  auto_match: {path: m.rego}\n"
    (policy,) = read(files({"policy.yaml": text, "p.rego": "package p", "m.rego": "package m"}))
    assert [file.path for file in policy.code] == ["p.rego"]


def test_names_are_unique() -> None:
    text = DECLARATION.replace("NAME", "one")
    twice = files({"a/policy.yaml": text, "a/p.rego": "1", "b/policy.yaml": text, "b/p.rego": "2"})
    refused("POLICY_INVALID", read, twice)


def test_a_broken_declaration_says_where() -> None:
    text = DECLARATION.replace("NAME", "Not A Name")
    assert refused("POLICY_INVALID", read, files({"a/policy.yaml": text})).where == "a/policy.yaml"


def test_a_missing_script_is_refused() -> None:
    refused("REF_UNPINNED", read, files({"policy.yaml": DECLARATION.replace("NAME", "one")}))


def test_rego_without_a_declaration_is_one_policy() -> None:
    (policy,) = read(
        files(
            {
                "b.rego": "package b",
                "a.rego": "package a",
                "data.json": "{}",
                "feeds/data.yaml": "y: 1",
                "kev/list.yaml": "x: [1]",
                "README.md": "# about",
            }
        ),
        name="mine",
    )
    assert policy.name == "mine"
    assert [file.path for file in policy.code] == ["a.rego", "b.rego"]
    assert {file.path: file.mount for file in policy.data} == {
        "data.json": (),
        "feeds/data.yaml": ("feeds",),
        "kev/list.yaml": (),
    }
    assert not policy.chainloop


def test_a_file_called_test_is_code_as_any_other() -> None:
    found = [File("a.rego", b"package a"), File("pen_test.rego", b"package pen_test")]
    (policy,) = read(found)
    assert [file.path for file in policy.code] == ["a.rego", "pen_test.rego"]


def test_nearly_a_declaration_is_not_taken_for_data() -> None:
    text = DECLARATION.replace("NAME", "one").replace("kind: Policy", "kind: policy")
    found = files({"a.rego": "package a", "policy.yaml": text})
    assert refused("POLICY_INVALID", read, found).where == "policy.yaml"


def test_each_wasm_module_is_a_policy() -> None:
    found = read(files({"a.wasm": WASM, "x/b.wasm": WASM, "y/b.wasm": WASM, "data.json": "{}"}))
    assert [policy.name for policy in found] == ["a", "x/b.wasm", "y/b.wasm"]
    assert all(policy.data for policy in found)


def test_source_and_another_kind_of_wasm_are_both_policies() -> None:
    found = read(files({"policy.rego": "package p", "policy.wasm": WASM}))
    assert [policy.name for policy in found] == ["policy", "policy.wasm"]


def test_source_and_what_opa_compiled_are_one_policy() -> None:
    compiled = WASM + b" opa_eval_ctx_new "
    found = read(files({"p.rego": "package p", "policy.wasm": compiled, "other.wasm": WASM}))
    assert [(policy.name, [file.path for file in policy.code]) for policy in found] == [
        ("policy", ["p.rego", "policy.wasm"]),
        ("other", ["other.wasm"]),
    ]


def test_what_opa_compiled_alone_is_a_policy() -> None:
    (found,) = read(files({"policy.wasm": WASM + b" opa_eval_ctx_new "}))
    assert [file.path for file in found.code] == ["policy.wasm"]


def opa(manifest: object, *more: File) -> list[File]:
    return [File(".manifest", json.dumps(manifest).encode()), *more]


def test_an_opa_bundle() -> None:
    manifest = {
        "revision": "r1",
        "rego_version": 0,
        "metadata": {"name": "named"},
        "wasm": [{"entrypoint": "p/allow", "module": "/policy.wasm"}],
    }
    (found,) = read(
        opa(
            manifest,
            File("/p.rego", b"package p"),
            File("/policy.wasm", WASM),
            File("/x/data.json", b"{}"),
            File("/x/notes.json", b"[]"),
            File("/.signatures.json", b"not read"),
        )
    )
    assert (found.name, found.v0_compatible) == ("named", True)
    assert (found.entrypoint, found.entrypoints) == (None, ("p/allow",))
    assert [file.path for file in found.code] == ["p.rego", "policy.wasm"]
    assert [file.path for file in found.data] == ["x/data.json"]


def test_an_opa_bundle_with_several_entrypoints() -> None:
    entries = [{"entrypoint": e, "module": "policy.wasm"} for e in ("p/a", "p/b")]
    found = read(opa({"wasm": entries}, File("policy.wasm", WASM)))
    assert [(p.name, p.entrypoint, p.entrypoints) for p in found] == [
        ("policy", None, ("p/a", "p/b")),
    ]


@pytest.mark.parametrize(
    ("manifest", "code"),
    [
        ({"wasm": [{"entrypoint": "p/a", "module": "gone.wasm"}]}, "POLICY_BUNDLE_MALFORMED"),
        ({"wasm": [{"module": "policy.wasm"}]}, "POLICY_BUNDLE_MALFORMED"),
        ({"wasm": "policy.wasm"}, "POLICY_BUNDLE_MALFORMED"),
        ({"rego_version": "0"}, "POLICY_BUNDLE_MALFORMED"),
        ({"rego_version": 2}, "POLICY_BUNDLE_MALFORMED"),
        ({"rego_version": False}, "POLICY_BUNDLE_MALFORMED"),
        ({"metadata": []}, "POLICY_BUNDLE_MALFORMED"),
        ({"rego_version": 1, "file_rego_versions": {"/*": 0}}, "POLICY_UNSUPPORTED"),
        ({"file_rego_versions": {"/*": 0}}, "POLICY_UNSUPPORTED"),
        ([], "POLICY_BUNDLE_MALFORMED"),
    ],
)
def test_a_malformed_opa_manifest_is_refused(manifest: object, code: str) -> None:
    refused(code, read, opa(manifest, File("p.rego", b""), File("policy.wasm", WASM)))


def test_opa_versions_that_agree_are_read() -> None:
    (policy,) = read(opa({"rego_version": 0, "file_rego_versions": {"/*": 0}}, File("p.rego", b"")))
    assert policy.v0_compatible


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ([], "POLICY_BUNDLE_EMPTY"),
        (files({"data.json": "{}", "README.md": "x"}), "POLICY_BUNDLE_EMPTY"),
        (files({"a.rego": "package a", "b.cedar": "permit(...);"}), "POLICY_UNSUPPORTED"),
        (files({"a.rego": "package a", "data.json": '{"a":1,"a":2}'}), "POLICY_BUNDLE_MALFORMED"),
        (files({"a.rego": "package a", "data.yaml": "a: &x 1"}), "POLICY_BUNDLE_MALFORMED"),
        ([File(".manifest", b"{"), File("a.rego", b"")], "POLICY_BUNDLE_MALFORMED"),
        ([File("../a.rego", b"")], "POLICY_FILE_REFUSED"),
        ([File("a.rego", b""), File("/a.rego", b"")], "POLICY_FILE_REFUSED"),
    ],
)
def test_refusals(found: list[File], code: str) -> None:
    refused(code, read, found)


def test_the_digest_covers_code_and_data() -> None:
    def digest(*found: File) -> str:
        return str(read(list(found))[0].digest)

    code, data = File("a.rego", b"package a"), File("data.json", b"{}")
    seen = {
        digest(code),
        digest(code, data),
        digest(code, File("data.json", b"{} ")),
        digest(code, File("x/data.json", b"{}")),
        digest(File("b.rego", b"package a"), data),
        digest(File("a.rego", b"package b"), data),
    }
    assert len(seen) == 6
    assert digest(code, data) == digest(data, code)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            ["policy.yaml", "a.rego", "p.rego", "x.wasm", "data.json", ".manifest", "b.yml"]
        ),
        st.binary(max_size=8)
        | st.sampled_from([DECLARATION.encode(), b"{}", WASM, b'{"wasm": [{}]}', b"kind: Policy"]),
        max_size=4,
    )
)
def test_any_files_are_read_or_refused(found: dict[str, bytes]) -> None:
    given_ = [File(path, content) for path, content in found.items()]
    with contextlib.suppress(DecodeError):
        used = {file.path for policy in read(given_) for file in policy.code}
        assert {path for path in found if path.endswith((".rego", ".wasm"))} <= used
