"""Whole plans, the options of a run, and arbitrary bytes."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attest.config import Overrides, load_plan
from attest.config.loader import MAX_PLAN
from attest.errors import AttestError, UsageError
from attest.model.digest import Digest
from attest.model.verdict import Severity
from attest.reasons import REASONS, TABLES
from attest.reasons.usage import USAGE
from tests.config.plans import (
    EVIDENCE,
    HEAD,
    HEX,
    NOW,
    POLICIES,
    TRUST,
    load,
    plan_text,
    refused,
)


def test_the_clock_is_an_argument(tmp_path: Path) -> None:
    plan = load(tmp_path, plan_text(), now=NOW.astimezone(timezone(timedelta(hours=5))))
    assert plan.at == NOW
    assert plan.at.tzinfo is UTC
    assert plan.config == str(tmp_path / "attest.yaml")
    assert plan.weakened == ()


def test_a_given_time_needs_permission_and_is_weakening(tmp_path: Path) -> None:
    past = NOW.replace(year=2025)
    for text in (plan_text(), plan_text(more="allow_at: false\n")):
        assert refused(tmp_path, text, "AT_NOT_ALLOWED", at=past).exit_code == 2
    plan = load(tmp_path, plan_text(more="allow_at: true\n"), at=past)
    assert plan.at == past
    assert [(w.option, w.where) for w in plan.weakened] == [("--at", "allow_at")]
    assert load(tmp_path, plan_text(more="allow_at: true\n")).weakened == ()


def test_a_time_without_zone_is_refused(tmp_path: Path) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001  # the case under test
    refused(tmp_path, plan_text(), "CONFIG_VALUE", now=naive)


def test_options_of_the_run(tmp_path: Path) -> None:
    plan = load(tmp_path, plan_text(), offline=True, jobs=7)
    assert (plan.offline, plan.jobs) == (True, 7)
    for jobs in (0, -1, 65):
        refused(tmp_path, plan_text(), "CONFIG_VALUE", jobs=jobs)


@pytest.mark.parametrize("word", ["low", "medium", "high", "critical"])
def test_fail_on_is_weakening(tmp_path: Path, word: str) -> None:
    plan = load(tmp_path, plan_text(more=f"fail_on: {word}\n"))
    assert plan.fail_on == Severity[word.upper()]
    assert [(w.option, w.where) for w in plan.weakened] == [("fail_on", "fail_on")]


def test_fail_on_info_lets_nothing_through(tmp_path: Path) -> None:
    plan = load(tmp_path, plan_text(more="fail_on: info\n"))
    assert (plan.fail_on, plan.weakened) == (Severity.INFO, ())
    assert load(tmp_path, plan_text()).fail_on is None
    for word in ("HIGH", "error", "none", "[high]"):
        with pytest.raises(UsageError):
            load(tmp_path, plan_text(more=f"fail_on: {word}\n"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("kind: Gate\n", "CONFIG_MISSING_KEY"),
        ("apiVersion: attest/v1\n", "CONFIG_MISSING_KEY"),
        ("apiVersion: attest/v2\nkind: Gate\n", "CONFIG_VALUE"),
        ("apiVersion: attest/v1\nkind: Gates\n", "CONFIG_VALUE"),
        ("- a\n", "CONFIG_TYPE"),
        ("text\n", "CONFIG_TYPE"),
        (HEAD, "NOTHING_REQUIRED"),
        (HEAD + TRUST, "NOTHING_REQUIRED"),
        (HEAD + TRUST + EVIDENCE, "NOTHING_REQUIRED"),
        (HEAD + POLICIES, "SIGNER_UNKNOWN"),
        (HEAD + "evidence: {required: [{kind: SARIF}]}\n", "TRUST_EMPTY"),
        (HEAD + "trust: {}\nevidence: {required: [{kind: SARIF}]}\n", "TRUST_EMPTY"),
        (plan_text(more="polices: []\n"), "CONFIG_UNKNOWN_KEY"),
        (plan_text(more="extends: [{path: x}]\n"), "UNSUPPORTED"),
        (plan_text(more="overridable: [a]\n"), "UNSUPPORTED"),
        (plan_text(more="verifier: {id: x}\n"), "UNSUPPORTED"),
        (plan_text(more="allow_weakened_summary: true\n"), "UNSUPPORTED"),
        (plan_text(more="allow_at: yes\n"), "CONFIG_TYPE"),
        (plan_text(more="cross_check: 1\n"), "CONFIG_TYPE"),
        (plan_text(more="subjects: app\n"), "CONFIG_TYPE"),
        (plan_text(trust="trust:\n"), "CONFIG_TYPE"),
        (plan_text(more="trust: {}\n"), "CONFIG_SYNTAX"),
    ],
)
def test_refused_plans(tmp_path: Path, text: str, code: str) -> None:
    assert refused(tmp_path, text, code).exit_code == 2


def test_what_the_command_line_puts_over_a_plan(tmp_path: Path) -> None:
    plan = load(tmp_path, plan_text(), subjects=["app"], cross_check=True)
    assert [str(one) for one in plan.subjects] == ["app"]
    assert plan.policies[0].cross_check
    assert [load(tmp_path, plan_text(), jobs=jobs).jobs for jobs in (1, 64)] == [1, 64]
    digest = load(tmp_path, plan_text()).digest
    assert load(tmp_path, plan_text(), expected_digest=digest).digest == digest
    other = Digest("sha256", HEX)
    refused(tmp_path, plan_text(), "PLAN_DIGEST_MISMATCH", expected_digest=other)


def test_signed_evidence_alone_is_a_plan(tmp_path: Path) -> None:
    evidence = (
        "evidence: {sources: ['dir:e'], accept: [{signed_by: [rel]}], required: [{kind: SARIF}]}"
    )
    assert load(tmp_path, plan_text(policies="", evidence=evidence + "\n")).required


def test_pins_alone_are_trust(tmp_path: Path) -> None:
    policy = f"policies: [{{source: 'oci-layout:p@sha256:{HEX}', unsigned: pinned}}]\n"
    assert load(tmp_path, HEAD + policy).trust.signers == {}
    document = f"documents: [{{path: s, kind: SARIF, sha256: {HEX}}}], required: [{{kind: SARIF}}]"
    assert load(tmp_path, f"{HEAD}evidence: {{{document}}}\n").policies == ()


def test_the_message_leads_to_the_line(tmp_path: Path) -> None:
    text = (
        HEAD + TRUST + POLICIES + "evidence:\n  required:\n    - kind: SARIF\n      max_agee: 1d\n"
    )
    error = refused(tmp_path, text, "CONFIG_UNKNOWN_KEY")
    place = f"{tmp_path / 'attest.yaml'}:8:7"
    assert error.message.startswith(f"evidence.required[0].max_agee ({place}): unknown key")
    assert "'max_age'" in error.message
    assert error.where == place


def test_a_plan_that_cannot_be_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "missing.yaml", tmp_path, tmp_path / "pipe", "nul\0", "\ud800"):
        with pytest.raises(UsageError) as caught:
            load_plan(str(path), Overrides(now=NOW))
        assert caught.value.code == "CONFIG_NOT_FOUND"


def test_a_plan_is_bounded(tmp_path: Path) -> None:
    filler = "#" * (MAX_PLAN - len(plan_text()))
    load(tmp_path, plan_text(more=filler))
    refused(tmp_path, plan_text(more=filler + "#"), "CONFIG_TOO_LARGE")


def test_paths_start_at_the_folder_of_the_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "attest.yaml").write_text(plan_text())
    monkeypatch.chdir(tmp_path)
    plan = load_plan("attest.yaml", Overrides(now=NOW))
    assert plan.config == "attest.yaml"
    assert plan.sources[0].source.base == ""


def test_nothing_but_the_files_of_the_plan_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(tmp_path, plan_text())
    opened: list[str] = []
    real = os.open

    def spy(path: str, flags: int, mode: int = 0o777) -> int:
        opened.append(path)
        return real(path, flags, mode)

    monkeypatch.setattr(os, "open", spy)
    load_plan(str(tmp_path / "attest.yaml"), Overrides(now=NOW))
    assert opened == [str(tmp_path / name) for name in ("attest.yaml", "attest.lock")]


@settings(
    derandomize=True,
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.binary(max_size=120))
def test_arbitrary_bytes_are_refused_with_a_code_of_the_table(
    tmp_path: Path, content: bytes
) -> None:
    with pytest.raises(AttestError) as caught:
        load(tmp_path, content)
    assert caught.value.code in USAGE


_VALUES = st.recursive(
    st.sampled_from(["~", "true", "a", "1", "''", "[]", "{}", "rel", f"'dir:{HEX}'", "2026-01-01"]),
    lambda inner: (
        st.lists(inner, max_size=2).map(lambda xs: f"[{', '.join(xs)}]")
        | st.dictionaries(
            st.sampled_from(
                ["source", "kind", "key", "path", "signed_by", "root", "issuer", "pem"]
            ),
            inner,
            max_size=2,
        ).map(lambda d: "{" + ", ".join(f"{k}: {v}" for k, v in d.items()) + "}")
    ),
    max_leaves=4,
)


@settings(
    derandomize=True,
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.dictionaries(
        st.sampled_from(
            ["subjects", "trust", "policies", "evidence", "waivers", "fail_on", "allow_at"]
        ),
        _VALUES,
        max_size=3,
    )
)
def test_arbitrary_values_raise_nothing_but_refusals(
    tmp_path: Path, sections: dict[str, str]
) -> None:
    text = HEAD + "".join(f"{key}: {value}\n" for key, value in sections.items())
    try:
        load(tmp_path, text)
    except AttestError as error:
        assert error.code in REASONS  # noqa: PT017  # a plan may also be accepted


def test_every_usage_code_has_a_test() -> None:
    folders = (Path(__file__).parent, Path(__file__).parents[1] / "steps")
    tests = "".join(p.read_text() for folder in folders for p in folder.glob("test_*.py"))
    assert [code for code in USAGE if f'"{code}"' not in tests] == []


def test_no_other_stage_has_a_code_of_this_table() -> None:
    others = {code for stage, table in TABLES.items() if stage != "usage" for code in table}
    assert others.isdisjoint(USAGE)
