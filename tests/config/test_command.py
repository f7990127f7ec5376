"""``attest config check`` and ``attest config explain``, as a user runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from attest.cli import main
from tests.config.plans import load, plan_text


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["config", *arguments])
    assert isinstance(caught.value.code, int)
    return caught.value.code


def test_check_prints_the_digest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = load(tmp_path, plan_text())
    assert run("check", "-c", plan.config) == 0
    assert capsys.readouterr().out == f"ok {plan.digest}\n"


def test_check_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "attest.yaml"
    path.write_text(plan_text(more="polices: []\n"))
    assert run("check", "-c", str(path)) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "CONFIG_UNKNOWN_KEY" in shown.err
    assert "'policies'" in shown.err


def test_explain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = load(tmp_path, plan_text(more="fail_on: high\n"))
    assert run("explain", "-c", plan.config) == 0
    assert "findings below high do not block" in capsys.readouterr().out


def test_a_plan_must_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check") == 2
    shown = capsys.readouterr().err
    assert "CONFIG_MISSING" in shown
    assert "-c attest.yaml" in shown
