"""Standard output that nobody reads."""

from __future__ import annotations

import sys

import click
import pytest

from attest.cli.streams import give_up_stdout, stand_in_for_closed


def test_a_closed_output_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    stand_in_for_closed()
    with pytest.raises(OSError, match="closed"):
        click.echo("a verdict")
    assert not sys.stdout.isatty()


def test_an_open_output_is_left_alone() -> None:
    before = sys.stdout
    stand_in_for_closed()
    assert sys.stdout is before


def test_what_is_given_up_is_flushed_in_peace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    give_up_stdout()
    sys.stdout.flush()
