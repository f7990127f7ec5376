"""What authors need of OPA, each on real sources."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from attest.errors import EngineError
from attest.evaluate.guests.rego import tools
from attest.evaluate.host.pool import Pool
from attest.model.policy import File
from tests.evaluate.guests.conftest import AT

ROOT = Path(__file__).parents[3]
POLICY = File(
    "a/p.rego",
    b"""package p

deny contains msg if {
  input.x > data.limit
  msg := sprintf("%d", [input.x])
}

allow if input.z
""",
)
TESTS = File(
    "a/p_test.rego",
    b"""package p_test

import data.p

test_high if p.deny == {"5"} with input as {"x": 5}
test_wrong if { print("seen", p.deny); p.deny == {"6"} with input as {"x": 5} }
todo_test_later if false
test_breaks if to_number("x")
""",
)
LIMIT = File("data.json", b'{"limit": 3}')


def test_check_finds_nothing_in_a_good_policy(pool: Pool) -> None:
    assert tools.check([POLICY, TESTS], pool) == ()


def test_check_says_where(pool: Pool) -> None:
    bad = File("b.rego", b"package b\n\nallow if f(1)\n  r := opa.runtime()\n")
    found = tools.check([bad, POLICY], pool)
    assert [(one.code, one.file, one.row, one.column) for one in found] == [
        ("POLICY_COMPILE", "b.rego", 3, 10),
        ("POLICY_COMPILE", "b.rego", 4, 8),
    ]
    assert "undefined function f" in found[0].message
    assert "opa.runtime (a policy may not call it here)" in found[1].message
    (unsafe,) = tools.check([File("b.rego", b"package b\n\nallow if y == 1\n")], pool)
    assert (unsafe.row, "unsafe" in unsafe.message) == (3, True)


def test_check_reads_every_file_that_does_not_parse(pool: Pool) -> None:
    files = [File("b.rego", b"package b\nx = {"), File("c.rego", b""), File("d.rego", b"package")]
    found = tools.check([*files, POLICY], pool)
    assert {one.code for one in found} == {"POLICY_PARSE"}
    assert {str(one).partition(":")[0] for one in found} == {"b.rego", "c.rego", "d.rego"}


def test_check_is_strict_where_it_is_asked(pool: Pool) -> None:
    unused = File("u.rego", b"package u\n\nimport data.x\n\nf(x) := 1\n")
    assert len(tools.check([unused], pool)) == 2
    assert tools.check([unused], pool, strict=False) == ()


def test_check_knows_both_versions(pool: Pool) -> None:
    old = File("old.rego", b'package old\n\ndeny[msg] { msg := "x" }\n')
    assert [one.code for one in tools.check([old], pool)] == ["POLICY_PARSE"] * 2
    assert tools.check([old], pool, v0=True) == ()


def test_two_files_of_one_path_are_a_problem(pool: Pool) -> None:
    assert [one.code for one in tools.check([POLICY, POLICY], pool)] == ["POLICY_COMPILE"]


def test_layout_is_opas(pool: Pool) -> None:
    untidy = File("p.rego", b"package p\nallow   if {input.x==1}\n# kept\n")
    (tidy,) = tools.layout([untidy], pool)
    assert tidy == b"package p\n\nallow if input.x == 1\n\n# kept\n"
    assert tools.layout([File("p.rego", tidy)], pool) == (tidy,)
    with pytest.raises(EngineError) as caught:
        tools.layout([File("p.rego", b"package p\nx = {")], pool)
    assert caught.value.code == "POLICY_PARSE"


def test_tests_pass_fail_break_and_wait(pool: Pool) -> None:
    run = tools.run_tests([POLICY, TESTS], [LIMIT], AT, pool)
    assert [(one.name, one.outcome) for one in run.tests] == [
        ("test_high", "passed"),
        ("test_wrong", "failed"),
        ("todo_test_later", "skipped"),
        ("test_breaks", "error"),
    ]
    assert (run.tests[0].package, run.tests[0].file, run.tests[0].row) == (
        "p_test",
        "a/p_test.rego",
        5,
    )
    assert "seen" in run.tests[1].output
    assert "to_number" in run.tests[3].message
    assert not run.passed


def test_coverage_names_the_lines(pool: Pool) -> None:
    run = tools.run_tests([POLICY, TESTS], [LIMIT], AT, pool)
    policy, _ = run.files
    assert (policy.path, policy.covered, policy.not_covered) == ("a/p.rego", ((3, 5),), ((8, 8),))
    assert 0 < policy.percent < 100


def test_a_run_without_a_test_has_not_passed(pool: Pool) -> None:
    assert not tools.run_tests([POLICY], [LIMIT], AT, pool).passed
    good = File("t.rego", b"package t\n\ntest_now if time.now_ns() > 1767323045000000000\n")
    assert tools.run_tests([good], [], AT, pool).passed


def test_tests_that_do_not_compile_are_an_error(pool: Pool) -> None:
    broken = File("t.rego", b"package t\n\ntest_x if y == 1\n")
    for files, data, code in (
        ([broken], [], "POLICY_COMPILE"),
        ([File("t.rego", b"x")], [], "POLICY_PARSE"),
        ([POLICY], [File("data.json", b'{"a": 1, "a": 2}')], "DATA_INVALID"),
    ):
        with pytest.raises(EngineError) as caught:
            tools.run_tests(files, data, AT, pool)
        assert caught.value.code == code


def test_build_gives_the_same_program_each_time(pool: Pool) -> None:
    made = tools.build([POLICY], [LIMIT], ["p/deny"], pool)
    assert made == tools.build([POLICY], [LIMIT], ["p/deny"], pool)
    assert made.wasm.startswith(b"\0asm")
    with tarfile.open(fileobj=io.BytesIO(made.bundle)) as bundle:
        members = {one.name: one for one in bundle.getmembers()}
        assert set(members) == {"/.manifest", "/a/p.rego", "/data.json", "/policy.wasm"}
        assert {one.mtime for one in members.values()} == {0}
        program = bundle.extractfile("/policy.wasm")
        assert program is not None
        assert program.read() == made.wasm


@pytest.mark.parametrize(
    ("file", "entrypoints", "code"),
    [
        (POLICY, [], "NO_ENTRY_RULE"),
        (POLICY, ["p/none"], "POLICY_COMPILE"),
        (File("../p.rego", POLICY.content), ["p/deny"], "POLICY_COMPILE"),
        (File("p.txt", POLICY.content), ["p/deny"], "POLICY_COMPILE"),
        (File("p.rego", b"package p\n\nallow if y"), ["p/allow"], "POLICY_COMPILE"),
        (File("p.rego", b"\xff"), ["p/allow"], "POLICY_PARSE"),
    ],
)
def test_what_cannot_be_built(pool: Pool, file: File, entrypoints: list[str], code: str) -> None:
    with pytest.raises(EngineError) as caught:
        tools.build([file], [], entrypoints, pool)
    assert caught.value.code == code


def test_the_policies_of_the_fixtures_are_in_order(pool: Pool) -> None:
    sources = sorted((ROOT / "fixtures" / "policies-src").glob("*/*.rego"))
    assert sources
    for path in sources:
        assert tools.check([File(path.name, path.read_bytes())], pool) == ()
