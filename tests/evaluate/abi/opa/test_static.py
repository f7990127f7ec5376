"""What a program's bytes say, without running it."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import EngineError
from attest.evaluate.abi.opa.static import Claims, claims
from attest.evaluate.probe import probe
from tests.evaluate.abi.opa.programs import VERDICT, entrypoints, program
from tests.evaluate.abi.opa.wat import FUNCTIONS, module


def read(content: bytes) -> Claims:
    return claims(content, probe(content))


def test_what_opa_compiled() -> None:
    said = read((VERDICT / "policy.wasm").read_bytes())
    assert said == Claims((1, 3), ("release/allow", "release/deny"), (), 2)
    for name in ("pure", "asking"):
        said = read(program(name))
        assert set(said.entrypoints or ()) == set(entrypoints(name))


@pytest.mark.parametrize("listed", [(), ("a",), ("sprintf", "http.send", "x.y")])
def test_what_is_listed(listed: tuple[str, ...]) -> None:
    assert read(module(listed=listed)).builtins == listed


def test_a_list_that_is_made_otherwise_is_unknown() -> None:
    assert read(module()).entrypoints is None


@pytest.mark.parametrize(
    ("abi", "expected"), [((1, 2), (1, 2)), ((7, 300), (7, 300)), ((-1, 0), (-1, 0)), (None, None)]
)
def test_the_version(abi: tuple[int, int] | None, expected: tuple[int, int] | None) -> None:
    assert read(module(abi=abi)).abi == expected


@pytest.mark.parametrize(
    ("data", "pages"),
    [
        ('(data (i32.const 65535) "x")', 1),
        ('(data (i32.const 65535) "xy")', 2),
        ('(data (i32.const -1) "x")', 65_536),
        ('(data "passive, and long enough to be seen")', 1),
        ('(global $g i32 (i32.const 5)) (data (global.get $g) "x")', 1),
    ],
)
def test_how_much_memory_the_data_needs(data: str, pages: int) -> None:
    assert read(module(imports=FUNCTIONS, extra=f"(memory 1) {data}")).pages == pages


def test_a_place_that_is_calculated_is_refused() -> None:
    place = "(i32.add (i32.const 1) (i32.const 2))"
    with pytest.raises(EngineError) as refused:
        read(module(extra=f'(data (offset {place}) "x")'))
    assert refused.value.code == "WASM_MALFORMED"


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.integers(8, 3_000), st.binary(min_size=1, max_size=4))
def test_any_damage_is_read_or_refused(at: int, instead: bytes) -> None:
    whole = module(listed=("a", "b"))
    damaged = whole[:at] + instead + whole[at + len(instead) :]
    with contextlib.suppress(EngineError):
        read(damaged)
