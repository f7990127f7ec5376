"""``opa_signature:`` of a policy: a key of the plan's own, and the scope that it must state."""

from __future__ import annotations

from pathlib import Path

import pytest

from attest.plan import OpaSignature
from tests.config.plans import KEY, PEM, load, policy_with, refused


def test_without_one(tmp_path: Path) -> None:
    assert load(tmp_path, policy_with("enforce: true")).policies[0].opa_signature is None


@pytest.mark.parametrize(("more", "scope"), [("", ""), (", scope: release", "release")])
def test_a_key(tmp_path: Path, more: str, scope: str) -> None:
    plan = load(tmp_path, policy_with(f"opa_signature: {{{KEY}{more}}}"))
    assert plan.policies[0].opa_signature == OpaSignature(PEM.encode(), scope)
    assert plan.weakened == ()


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("{scope: release}", "CONFIG_MISSING_KEY"),
        ("{key: {pem: secret}}", "KEY_MALFORMED"),
        ("{key: release}", "CONFIG_TYPE"),
        (f"{{{KEY}, scope: ''}}", "CONFIG_VALUE"),
        (f"{{{KEY}, algorithm: HS256}}", "CONFIG_UNKNOWN_KEY"),
        ("release.pub", "CONFIG_TYPE"),
    ],
)
def test_refused_keys(tmp_path: Path, written: str, code: str) -> None:
    refused(tmp_path, policy_with(f"opa_signature: {written}"), code)
