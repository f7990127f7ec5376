"""What a policy is passed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from attest.aggregate.arguments import bind, refuse_unknown
from attest.errors import UsageError
from attest.model.policy import Arguments, Input
from tests.aggregate.make import policy

DECLARES = replace(
    policy(),
    inputs=(Input("severity", default="high"), Input("builder", required=True), Input("ignore")),
)


def test_a_policy_gets_the_inputs_that_it_declares() -> None:
    given: Arguments = {"builder": "b", "ignore": ("x", "y"), "other": "z"}
    assert bind(DECLARES, given) == {"severity": "high", "builder": "b", "ignore": ("x", "y")}


def test_what_is_given_goes_before_the_default() -> None:
    assert bind(DECLARES, {"severity": "low", "builder": "b"})["severity"] == "low"


def test_a_policy_that_declares_nothing_gets_everything() -> None:
    assert bind(policy(), {"anything": "x"}) == {"anything": "x"}


def test_a_required_input_must_be_given() -> None:
    with pytest.raises(UsageError) as caught:
        bind(DECLARES, {"severity": "low"})
    assert caught.value.code == "ARGUMENT_MISSING"
    assert "'builder'" in caught.value.message


def test_an_argument_that_no_policy_of_the_bundle_declares() -> None:
    other = replace(policy(name="q"), inputs=(Input("threshold"),))
    refuse_unknown([DECLARES, other], {"threshold": "1", "builder": "b"}, "policies[0]")
    with pytest.raises(UsageError) as caught:
        refuse_unknown([DECLARES, other], {"treshold": "1"}, "policies[0]")
    assert (caught.value.code, caught.value.where) == ("ARGUMENT_UNKNOWN", "policies[0]")
    assert "builder, ignore, severity, threshold" in caught.value.message


def test_beside_a_policy_that_takes_everything_nothing_is_unknown() -> None:
    refuse_unknown([DECLARES, policy()], {"anything": "x"}, "policies[0]")
