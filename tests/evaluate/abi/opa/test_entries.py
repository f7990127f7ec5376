"""Which entrypoints are asked: all of them, or the evaluation ends."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.evaluate.abi.opa.entries import Asked, choose, decides, split
from attest.evaluate.host.stopped import Stopped


@pytest.mark.parametrize(
    ("offered", "declared", "listed", "chainloop", "asked"),
    [
        (["p/allow"], None, [], False, Asked(("p/allow",))),
        (["p/deny", "p/allow", "q/warn"], None, [], False, Asked(("p/allow", "p/deny", "q/warn"))),
        (["p/deny", "p/exception"], None, [], False, Asked(("p/deny", "p/exception"))),
        (["p/ok"], None, [], False, Asked(("p/ok",), declared=True)),
        (["p/ok", "p/deny"], "p/ok", [], False, Asked(("p/ok",), declared=True)),
        (["p/ok", "p/deny"], "p/deny", ["p/more"], False, Asked(("p/deny",), declared=True)),
        (["p/result"], None, [], False, Asked(("p/result",), chainloop=True)),
        (
            ["p/result", "p/matches_parameters"],
            None,
            [],
            False,
            Asked(("p/result",), chainloop=True),
        ),
        (["p/deny", "p/matches_evaluation"], None, [], False, Asked(("p/deny",))),
        (["p/result"], None, [], True, Asked(("p/result",), chainloop=True)),
        (["p/x"], "p/x", [], True, Asked(("p/x",), declared=True, chainloop=True)),
        (["p/deny", "p/allow"], None, ["p/allow", "p/deny"], False, Asked(("p/allow", "p/deny"))),
    ],
)
def test_chosen(
    offered: list[str], declared: str | None, listed: list[str], *, chainloop: bool, asked: Asked
) -> None:
    assert choose(offered, declared, listed, chainloop=chainloop) == asked


@pytest.mark.parametrize(
    ("offered", "declared", "listed", "chainloop", "code"),
    [
        ([], None, [], False, "NO_ENTRY_RULE"),
        ([], "p/allow", [], False, "NO_ENTRY_RULE"),
        (["p/deny"], "p/allow", [], False, "NO_ENTRY_RULE"),
        (["p/deny"], None, ["p/deny", "p/allow"], False, "NO_ENTRY_RULE"),
        (["p/deny", "p/allow"], None, ["p/allow"], False, "ENTRY_AMBIGUOUS"),
        (["p/ok", "p/deny"], None, [], False, "ENTRY_AMBIGUOUS"),
        (["p/result", "p/deny"], None, [], False, "ENTRY_AMBIGUOUS"),
        (["p/result", "q/result"], None, [], True, "ENTRY_AMBIGUOUS"),
        (["p/denylist", "p/allow"], None, [], False, "ENTRY_AMBIGUOUS"),
        (["p/deny"], None, [], True, "NO_ENTRY_RULE"),
        (["p/matches_parameters"], None, [], False, "NO_ENTRY_RULE"),
    ],
)
def test_refused(
    offered: list[str], declared: str | None, listed: list[str], *, chainloop: bool, code: str
) -> None:
    with pytest.raises(Stopped) as refused:
        choose(offered, declared, listed, chainloop=chainloop)
    assert refused.value.code == code


@settings(derandomize=True, max_examples=300)
@given(
    st.lists(st.sampled_from(["p/deny", "p/allow", "q/warn_x", "p/ok", "p/result"]), unique=True)
)
def test_none_is_left_out(offered: list[str]) -> None:
    try:
        asked = choose(offered, None, [], chainloop=False)
    except Stopped:
        return
    assert set(asked.entrypoints) == set(offered)


@pytest.mark.parametrize("name", ["deny", "a/b/deny_x", "p/violation", "p/warn", "p/allow"])
def test_names_that_decide(name: str) -> None:
    assert decides(name)


@pytest.mark.parametrize("name", ["p/denylist", "deny/x", "p/allowed", "p/Deny", "p/deny__x", ""])
def test_names_that_do_not(name: str) -> None:
    assert not decides(name)


def test_package_and_rule() -> None:
    assert split("a/b/deny") == ("a.b", "deny")
    assert split("deny") == ("", "deny")
