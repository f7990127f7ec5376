"""What a policy is passed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from attest.aggregate.arguments import bind, refuse_unknown
from attest.errors import UsageError
from attest.model.policy import Arguments, Attachment, Input
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


def test_a_default_is_split_like_any_other_text() -> None:
    one = replace(policy(), inputs=(Input("levels", default="high, critical"),))
    assert bind(one, {}) == {"levels": ("high", "critical")}


def test_an_empty_list_takes_the_place_of_a_default() -> None:
    one = replace(policy(), inputs=(Input("ignore", default="CVE-1, CVE-2"),))
    assert bind(one, {}) == {"ignore": ("CVE-1", "CVE-2")}
    assert bind(one, {"ignore": ()}) == {"ignore": ()}
    passed_on = Attachment("team", (Input("skip"),), (("ignore", "{{ inputs.skip }}"),))
    assert bind(replace(one, attachment=passed_on), {"skip": ()}) == {"ignore": ()}


def test_a_required_argument_is_not_an_empty_one() -> None:
    needed = replace(policy(), inputs=(Input("level", required=True),))
    with pytest.raises(UsageError) as caught:
        bind(needed, {"level": ()})
    assert caught.value.code == "ARGUMENT_MISSING"


GROUP = Attachment(
    "team",
    (Input("user", required=True), Input("domain", default="example.org"), Input("level")),
    (("email", "{{ inputs.user }}@{{ inputs.domain }}"), ("level", "{{ inputs.level }}")),
)
IN_GROUP = replace(
    policy(),
    inputs=(Input("email", required=True), Input("level", default="high"), Input("user")),
    attachment=GROUP,
)


def test_a_group_passes_on_what_it_says_and_nothing_else() -> None:
    assert bind(IN_GROUP, {"user": "jo", "email": "other"}) == {
        "email": "jo@example.org",
        "level": "high",
    }
    assert bind(IN_GROUP, {"user": "jo", "level": "low"})["level"] == "low"


def test_what_a_group_leaves_open_is_not_passed_on() -> None:
    takes_everything = replace(IN_GROUP, inputs=())
    assert bind(takes_everything, {"user": "jo"}) == {"email": "jo@example.org"}


def test_a_group_without_inputs_knows_no_argument() -> None:
    closed = replace(IN_GROUP, attachment=Attachment("team"))
    with pytest.raises(UsageError, match="declared: none"):
        refuse_unknown([closed], {"user": "jo"}, "policies[0]")


def test_a_group_needs_its_own_inputs() -> None:
    with pytest.raises(UsageError) as caught:
        bind(IN_GROUP, {"email": "x"})
    assert caught.value.code == "ARGUMENT_MISSING"
    assert "team requires the argument 'user'" in caught.value.message


def test_a_placeholder_without_a_value_does_not_meet_a_requirement() -> None:
    needed = replace(IN_GROUP, inputs=(Input("level", required=True),))
    with pytest.raises(UsageError) as caught:
        bind(needed, {"user": "jo"})
    assert caught.value.code == "ARGUMENT_MISSING"


def test_arguments_of_a_group_are_its_inputs_alone() -> None:
    refuse_unknown([IN_GROUP], {"user": "jo"}, "policies[0]")
    bare = replace(policy(), attachment=Attachment("team"))
    for one in (IN_GROUP, bare):
        with pytest.raises(UsageError) as caught:
            refuse_unknown([one], {"email": "x"}, "policies[0]")
        assert caught.value.code == "ARGUMENT_UNKNOWN"
