"""``attest explain``: cause and cure of every code, offline."""

from __future__ import annotations

import pytest

from attest.cli import main
from attest.reasons import REASONS, TABLES


def _run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(("explain", *arguments))
    assert isinstance(caught.value.code, int)
    return caught.value.code


def _words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("code", REASONS)
def test_every_code_is_explained(code: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert _run(code) == 0
    shown = _words(capfd.readouterr().out)
    reason = REASONS[code]
    assert shown.startswith(f"{code} (exit {reason.exit_code}: ")
    assert _words(reason.cause) in shown
    assert _words(reason.cure) in shown


def test_case_and_hyphens_do_not_matter(capfd: pytest.CaptureFixture[str]) -> None:
    assert _run("policy-failed") == 0
    assert capfd.readouterr().out.startswith("POLICY_FAILED  (exit 1: a policy failed)")


def test_an_unknown_code_gets_the_nearest_names(capfd: pytest.CaptureFixture[str]) -> None:
    assert _run("POLICY_FALED") == 2
    shown = capfd.readouterr()
    assert shown.out == ""
    assert "CODE_UNKNOWN" in shown.err
    assert "Did you mean POLICY_FAILED" in shown.err


def test_a_code_like_no_other_gets_the_way_to_the_list(capfd: pytest.CaptureFixture[str]) -> None:
    assert _run("zzz\x1b[2J") == 2
    shown = capfd.readouterr().err
    assert "without a code to list them all" in shown
    assert "\x1b" not in shown


def test_without_a_code_all_are_listed_by_stage(capfd: pytest.CaptureFixture[str]) -> None:
    assert _run() == 0
    shown = capfd.readouterr().out
    assert all(f"  {code} " in shown for code in REASONS)
    titles = [line for line in shown.splitlines() if line and not line.startswith(" ")]
    assert len(titles) == len(TABLES)
