"""Help stands alone."""

from __future__ import annotations

import pytest

from attest.cli.help import refuse_stray_help
from attest.errors import UsageError


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--help"],
        ["gate", "-h"],
        ["policy", "eval", "--help"],
        ["gate", "-c", "attest.yaml"],
        ["gate", "-c", "attest.yaml", "--", "-h"],
    ],
)
def test_help_alone_and_no_help_at_all(words: list[str]) -> None:
    refuse_stray_help(words)


@pytest.mark.parametrize(
    "words",
    [
        ["gate", "-c", "attest.yaml", "-h"],
        ["-h", "gate", "app.tar.gz"],
        ["gate", "--help", "app.tar.gz"],
        ["policy", "eval", "p.rego", "-h"],
    ],
)
def test_help_among_other_arguments_is_refused(words: list[str]) -> None:
    with pytest.raises(UsageError) as refused:
        refuse_stray_help(words)
    assert (refused.value.code, refused.value.exit_code) == ("OPTION_CONFLICT", 2)
