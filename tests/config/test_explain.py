"""A plan in plain words."""

from __future__ import annotations

from pathlib import Path

from attest.config.explain import explain
from tests.config.plans import HEX, KEY, load, plan_text
from tests.config.test_schema import FULL, filled


def test_the_plan_in_plain_words(tmp_path: Path) -> None:
    said = "\n".join(explain(load(tmp_path, filled(FULL, tmp_path))))
    for words in (
        "dist/app.tar.gz",
        "ci: https://github.com/org/app/.github/workflows/release.yml@refs/heads/main, vouched",
        "vouched for by https://token.actions.githubusercontent.com",
        "whatever matches https://ci",
        "the holder of one key from 2026-01-01T00:00:00+00:00 until 2027-01-01T00:00:00+00:00",
        f"oci-layout:policies@sha256:{HEX} by rego, signed by rel, attested by ci with source",
        "source https://github.com/org/policies, on all materials at once",
        "with severity = high, ignore = [CVE-2024-1]",
        "trusted by its digest alone",
        "kind SARIF when signed by scan",
        "at least 1, kind SARIF, signed by scan, not older than 1 day, that ran CVE-scan",
        "dir:more; what is refused there is only listed",
        "signed by security, for at most 30 days, single findings only",
        "A finding blocks from: high",
        "fail_on at fail_on: findings below high do not block",
    ):
        assert words in said


def test_what_is_absent_is_said(tmp_path: Path) -> None:
    said = "\n".join(explain(load(tmp_path, plan_text())))
    assert "Waivers: none are accepted" in said
    assert "Weakened: nothing" in said
    assert "A finding blocks from: any severity" in said


def test_a_threshold_in_plain_words(tmp_path: Path) -> None:
    signers = f"rel: {{{KEY}}}, sec: {{{KEY}}}, two: {{threshold: 2, of: [rel, sec]}}"
    plan = load(tmp_path, plan_text(trust=f"trust: {{signers: {{{signers}}}}}\n"))
    said = "\n".join(explain(plan))
    assert "two: 2 of rel, sec, as distinct principals, over the same bytes" in said
