"""`trust:`."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from attest.model.digest import Digest
from attest.model.trust import (
    CERTIFICATE_DEFAULTS,
    KEY_DEFAULTS,
    CertificateSigner,
    KeySigner,
    Match,
    Require,
    Threshold,
    Trust,
)
from attest.verify.builtin import builtin_root
from tests.config.plans import HEX, KEY, PEM, load, plan_text, refused, signer_with

CERTIFICATE = "root: r, issuer: https://i.corp, identity: a@b.corp"


def hash_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def test_a_certificate_signer(tmp_path: Path) -> None:
    plan = load(tmp_path, signer_with(CERTIFICATE + ", claims: {runner_environment: 'x'}"))
    assert plan.trust.signers["rel"] == CertificateSigner(
        "rel", "r", Match("a@b.corp"), Match("https://i.corp"), {"runner_environment": "x"},
        CERTIFICATE_DEFAULTS,
    )  # fmt: skip
    root = plan.trust.roots["r"]
    assert plan.root_digests == {"r": Digest.of(root)}
    assert plan.weakened == ()


def test_a_plan_may_trust_nobody_but_what_it_pins(tmp_path: Path) -> None:
    text = plan_text(
        trust="",
        policies=f"policies: [{{source: 'oci-layout:p@sha256:{HEX}', unsigned: pinned}}]\n",
        evidence="",
    )
    assert load(tmp_path, text).trust == Trust({}, {})


def test_an_identity_may_be_wide_where_a_claim_names_its_owner(tmp_path: Path) -> None:
    keys = "root: r, issuer: https://i.corp, identity: {pattern: 'https://github.com/.*'}"
    refused(tmp_path, signer_with(keys), "PATTERN_TOO_WIDE")
    refused(tmp_path, signer_with(keys + ", claims: {runner_environment: x}"), "PATTERN_TOO_WIDE")
    load(tmp_path, signer_with(keys + ", claims: {source_repository_uri: https://github.com/o/r}"))


def test_a_pattern_is_marked_as_one(tmp_path: Path) -> None:
    keys = r"root: r, issuer: {pattern: 'https://i\.corp/.*'}, identity: {pattern: '.*@b\.corp'}"
    signer = load(tmp_path, signer_with(keys)).trust.signers["rel"]
    assert isinstance(signer, CertificateSigner)
    assert signer.identity == Match(r".*@b\.corp", is_pattern=True)
    assert signer.issuer == Match(r"https://i\.corp/.*", is_pattern=True)


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("root: r, identity: a@b", "CONFIG_MISSING_KEY"),
        ("root: r, issuer: https://i.corp", "CONFIG_MISSING_KEY"),
        ("issuer: https://i.corp, identity: a@b", "CONFIG_MISSING_KEY"),
        ("root: x, issuer: https://i.corp, identity: a@b", "ROOT_UNKNOWN"),
        ("root: r, issuer: ~, identity: a@b", "CONFIG_TYPE"),
        ("root: r, issuer: '', identity: a@b", "CONFIG_VALUE"),
        ("root: r, issuer: https://i.corp, identity: [a@b]", "CONFIG_TYPE"),
        (CERTIFICATE + ", valid_until: 2027-01-01", "CONFIG_VALUE"),
        (CERTIFICATE + ", claims: [x]", "CONFIG_TYPE"),
        (CERTIFICATE + ", claims: {build_trigger: [b]}", "CONFIG_TYPE"),
        (CERTIFICATE + ", claims: {source_repository_url: b}", "CLAIM_UNKNOWN"),
        (CERTIFICATE + ", identty: x", "CONFIG_UNKNOWN_KEY"),
        (CERTIFICATE + ", require: {tlogs: 1}", "CONFIG_UNKNOWN_KEY"),
        (CERTIFICATE + ", require: {sct: 1}", "CONFIG_TYPE"),
        (CERTIFICATE + ", require: {tlog: true}", "CONFIG_TYPE"),
        (CERTIFICATE + ", require: {tlog: 9}", "CONFIG_VALUE"),
        (CERTIFICATE + ", require: {tlog: 0, timestamp: 0}", "CONFIG_VALUE"),
        ("identity: {pattern: x, patern: y}", "CONFIG_MISSING_KEY"),
        ("threshold: 2, of: [a, b]", "SIGNER_UNKNOWN"),
        ("of: [a, b]", "CONFIG_MISSING_KEY"),
        ("threshold: 2", "CONFIG_MISSING_KEY"),
        ("threshold: 1, of: [rel]", "SIGNER_UNKNOWN"),
        (f"{KEY}, threshold: 1, of: [a]", "CONFIG_VALUE"),
        (f"{KEY}, identity: a@b", "CONFIG_VALUE"),
        (f"{KEY}, issuer: https://i.corp", "CONFIG_VALUE"),
        (f"{KEY}, claims: {{a: b}}", "CONFIG_VALUE"),
        (f"{KEY}, require: {{sct: true}}, root: r", "CONFIG_VALUE"),
        (f"{KEY}, require: {{tlog: 1}}", "CONFIG_MISSING_KEY"),
        (f"{KEY}, require: {{timestamp: 1}}", "CONFIG_MISSING_KEY"),
        (f"{KEY}, root: x", "ROOT_UNKNOWN"),
        (f"{KEY}, valid_from: 2027-01-01, valid_until: 2027-01-01", "CONFIG_VALUE"),
        (f"{KEY}, valid_until: soon", "DURATION_INVALID"),
        ("key: {}", "CONFIG_MISSING_KEY"),
        ("key: {path: k.pub}", "CONFIG_MISSING_KEY"),
        (f"key: {{path: k.pub, sha256: {HEX}}}", "CONFIG_NOT_FOUND"),
        ("key: {path: k.pub, sha256: abc}", "DIGEST_INVALID"),
        (f"key: {{pem: x, sha256: {HEX}}}", "CONFIG_VALUE"),
        ("key: {pem: x, path: k.pub}", "CONFIG_VALUE"),
        ("key: {pem: x}", "KEY_MALFORMED"),
        ('key: {pem: "' + (PEM + PEM).replace("\n", "\\n") + '"}', "KEY_MALFORMED"),
        ('key: {pem: "' + PEM.replace("PUBLIC", "PRIVATE").replace("\n", "\\n") + '"}',
         "KEY_MALFORMED"),
        ('key: {pem: "' + PEM.replace("uE=", "uE").replace("\n", "\\n") + '"}', "KEY_MALFORMED"),
    ],
)  # fmt: skip
def test_refused_signers(tmp_path: Path, keys: str, code: str) -> None:
    error = refused(tmp_path, signer_with(keys), code)
    assert error.message.startswith("trust.signers.rel")
    assert error.exit_code == 2


def test_a_builtin_root_that_is_not_declared_is_hinted_at(tmp_path: Path) -> None:
    keys = "root: public-good, issuer: https://i.corp, identity: a@b"
    error = refused(tmp_path, signer_with(keys), "ROOT_UNKNOWN")
    assert "public-good: {builtin: public-good}" in error.hint


def test_only_the_github_root_needs_no_issuer_and_states_its_own_proof(tmp_path: Path) -> None:
    text = signer_with("root: r, identity: a@b.corp", roots="r: {builtin: github}")
    plan = load(tmp_path, text)
    signer = plan.trust.signers["rel"]
    assert isinstance(signer, CertificateSigner)
    assert (signer.issuer, signer.require) == (None, Require(tlog=0, sct=0, timestamp=1))
    assert plan.weakened == ()


def test_a_github_root_given_as_a_file_has_no_privileges(tmp_path: Path) -> None:
    content = builtin_root("github")
    (tmp_path / "root.json").write_bytes(content)
    roots = f"github: {{path: root.json, sha256: {hash_of(content.decode())}}}"
    keys = "root: github, identity: a@b.corp"
    refused(tmp_path, signer_with(keys, roots=roots), "CONFIG_MISSING_KEY")
    plan = load(tmp_path, signer_with(keys + ", issuer: https://i.corp", roots=roots))
    assert plan.trust.signers["rel"].require == CERTIFICATE_DEFAULTS


@pytest.mark.parametrize(
    ("require", "expected", "weakened"),
    [
        ("{tlog: 0}", Require(0, 1, 1), ["tlog"]),
        ("{sct: false}", Require(1, 0, 1), ["sct"]),
        ("{timestamp: 0}", Require(1, 1, 0), ["timestamp"]),
        ("{tlog: 0, sct: false}", Require(0, 0, 1), ["tlog", "sct"]),
        ("{tlog: 2, sct: true, timestamp: 1}", Require(2, 1, 1), []),
        ("{}", CERTIFICATE_DEFAULTS, []),
    ],
)
def test_lowering_the_proof_is_weakening(
    tmp_path: Path, require: str, expected: Require, weakened: list[str]
) -> None:
    plan = load(tmp_path, signer_with(f"{CERTIFICATE}, require: {require}"))
    assert plan.trust.signers["rel"].require == expected
    assert [w.where for w in plan.weakened] == [f"trust.signers.rel.require.{w}" for w in weakened]


def test_the_defaults_in_so_many_words_weaken_nothing(tmp_path: Path) -> None:
    keys = "root: r, issuer: https://i.corp, identity: a@b, require: "
    plan = load(tmp_path, signer_with(keys + "{tlog: 1, sct: true, timestamp: 1}"))
    assert plan.weakened == ()
    plan = load(tmp_path, signer_with(f"{KEY}, require: {{tlog: 0, sct: false, timestamp: 0}}"))
    assert plan.weakened == ()


def test_a_key_signer(tmp_path: Path) -> None:
    keys = f"{KEY}, valid_from: 2026-01-01, valid_until: 2027-01-01T00:00:00+01:00"
    plan = load(tmp_path, signer_with(keys))
    assert plan.trust.signers["rel"] == KeySigner(
        "rel", PEM.encode(), datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 12, 31, 23, tzinfo=UTC), None, KEY_DEFAULTS,
    )  # fmt: skip
    raised = load(tmp_path, signer_with(f"{KEY}, root: r, require: {{tlog: 1}}"))
    assert raised.trust.signers["rel"].require == Require(1, 0, 0)
    assert raised.weakened == ()


def test_a_window_may_be_open_at_one_end(tmp_path: Path) -> None:
    for given, start, end in (
        ("valid_from: 2026-01-01", datetime(2026, 1, 1, tzinfo=UTC), None),
        ("valid_until: 2027-01-01", None, datetime(2027, 1, 1, tzinfo=UTC)),
    ):
        signer = load(tmp_path, signer_with(f"{KEY}, {given}")).trust.signers["rel"]
        assert isinstance(signer, KeySigner)
        assert (signer.valid_from, signer.valid_until) == (start, end)
    for end_of_it in ("2026-01-01", "2025-12-31"):
        keys = f"{KEY}, valid_from: 2026-01-01, valid_until: {end_of_it}"
        refused(tmp_path, signer_with(keys), "CONFIG_VALUE")


def test_a_key_in_a_file_must_have_its_hash(tmp_path: Path) -> None:
    (tmp_path / "k.pub").write_text(PEM)
    keys = f"key: {{path: k.pub, sha256: {hash_of(PEM)}}}"
    signer = load(tmp_path, signer_with(keys)).trust.signers["rel"]
    assert isinstance(signer, KeySigner)
    assert signer.pem == PEM.encode()
    (tmp_path / "k.pub").write_text(PEM + "\n")
    error = refused(tmp_path, signer_with(keys), "FILE_PIN_MISMATCH")
    assert error.exit_code == 4
    assert hash_of(PEM) in error.message
    assert hash_of(PEM + "\n") in error.message


@pytest.mark.parametrize(
    ("roots", "code"),
    [
        ("r: {builtin: public-goood}", "CONFIG_VALUE"),
        (f"r: {{builtin: github, sha256: {HEX}}}", "CONFIG_VALUE"),
        ("r: {builtin: github, path: x}", "CONFIG_VALUE"),
        ("r: {path: x}", "CONFIG_MISSING_KEY"),
        ("r: {}", "CONFIG_MISSING_KEY"),
        (f"r: {{path: missing.json, sha256: {HEX}}}", "CONFIG_NOT_FOUND"),
        (f"r: {{path: ., sha256: {HEX}}}", "CONFIG_NOT_FOUND"),
        ("'a b': {builtin: github}", "CONFIG_VALUE"),
    ],
)
def test_refused_roots(tmp_path: Path, roots: str, code: str) -> None:
    refused(tmp_path, signer_with(CERTIFICATE, roots=roots), code)


def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe")
    roots = f"r: {{path: pipe, sha256: {HEX}}}"
    refused(tmp_path, signer_with(CERTIFICATE, roots=roots), "CONFIG_NOT_FOUND")


def test_pinned_files_are_bounded(tmp_path: Path) -> None:
    (tmp_path / "k.pub").write_bytes(b"x" * 70_000)
    keys = f"key: {{path: k.pub, sha256: {hash_of('x' * 70_000)}}}"
    refused(tmp_path, signer_with(keys), "CONFIG_TOO_LARGE")


def test_revoked(tmp_path: Path) -> None:
    text = plan_text(
        trust=f"trust: {{signers: {{rel: {{{KEY}}}}}, revoked: ['sha256:{HEX}', {'0' * 64}]}}\n"
    )
    revoked = load(tmp_path, text).trust.revoked
    assert revoked == {Digest("sha256", HEX), Digest("sha256", "0" * 64)}
    for bad, code in (("[]", "CONFIG_VALUE"), ("[abc]", "DIGEST_INVALID"), ("abc", "CONFIG_TYPE")):
        trust = f"trust: {{signers: {{rel: {{{KEY}}}}}, revoked: {bad}}}\n"
        refused(tmp_path, plan_text(trust=trust), code)


def test_an_empty_table_of_signers_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, plan_text(trust="trust: {signers: {}}\n"), "TRUST_EMPTY")


def test_names_of_signers_are_plain(tmp_path: Path) -> None:
    trust = f"trust: {{signers: {{'a b': {{{KEY}}}}}}}\n"
    refused(tmp_path, plan_text(trust=trust), "CONFIG_VALUE")


def test_a_root_that_is_none_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "root.json").write_bytes(b"{}")
    roots = f"r: {{path: root.json, sha256: {hash_of('{}')}}}"
    error = refused(tmp_path, signer_with(CERTIFICATE, roots=roots), "ROOT_MALFORMED")
    assert error.message.startswith("trust.roots.r (")


def test_an_unknown_claim_is_told_the_nearest(tmp_path: Path) -> None:
    keys = CERTIFICATE + ", claims: {source_repository_url: x}"
    assert (
        "'source_repository_uri'" in refused(tmp_path, signer_with(keys), "CLAIM_UNKNOWN").message
    )


MEMBERS = f"alice: {{{KEY}}}, bob: {{{KEY}}}"


def with_threshold(keys: str) -> str:
    return plan_text(trust=f"trust: {{signers: {{rel: {{{KEY}}}, {MEMBERS}, two: {{{keys}}}}}}}\n")


def test_a_threshold(tmp_path: Path) -> None:
    plan = load(tmp_path, with_threshold("threshold: 2, of: [alice, bob]"))
    assert plan.trust.thresholds == {"two": Threshold("two", 2, ("alice", "bob"))}
    assert "two" not in plan.trust.signers


def test_a_threshold_is_named_like_a_signer(tmp_path: Path) -> None:
    text = with_threshold("threshold: 1, of: [bob]").replace(
        "signed_by: [rel]}]}", "signed_by: [two]}]}"
    )
    assert load(tmp_path, text).accept[0].signed_by == ("two",)


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("threshold: 3, of: [alice, bob]", "THRESHOLD_MALFORMED"),
        ("threshold: 0, of: [alice, bob]", "CONFIG_VALUE"),
        ("threshold: 1, of: []", "CONFIG_VALUE"),
        ("threshold: 1, of: [alice, alice]", "CONFIG_VALUE"),
        ("threshold: 1, of: [two]", "SIGNER_UNKNOWN"),
        ("threshold: 1, of: [alise]", "SIGNER_UNKNOWN"),
        ("threshold: 1, of: [alice], require: {tlog: 1}", "CONFIG_VALUE"),
        ("threshold: 1, of: [alice], least: 1", "CONFIG_UNKNOWN_KEY"),
    ],
)
def test_thresholds_that_cannot_be(tmp_path: Path, keys: str, code: str) -> None:
    refused(tmp_path, with_threshold(keys), code)
