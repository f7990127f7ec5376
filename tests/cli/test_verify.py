"""``attest verify``: one bundle, one subject; trust alone, and nobody is trusted by default."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attest.testing import KeyType, statement
from fixtures.making.evidence import SLSA, about, by_ci, provenance, rewritten
from fixtures.making.world import APP, CI, ISSUER, OTHER_APP, box, stranger_box
from tests.cli.command import Ran, assert_refused, attest

WHO = ("--certificate-identity", CI, "--certificate-oidc-issuer", ISSUER)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An artifact, its provenance, a signature over it, and keys."""
    key = box.key_pair("release")
    for name, content in {
        "app": APP,
        "other": OTHER_APP,
        "root.json": box.trusted_root(),
        "provenance.json": by_ci(about(SLSA, provenance())),
        "signature.json": box.sign_blob(APP, identity=CI, issuer=ISSUER),
        "by-key.json": box.sign_blob(APP, key=key),
        "key.pub": key.public_pem,
        "stranger.pub": box.key_pair("stranger").public_pem,
    }.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def verify(folder: Path, *words: str, bundle: str = "provenance.json", subject: str = "app") -> Ran:
    """Verify with JSON output, against the fixtures' own trust root."""
    root = () if "--trusted-root" in words else ("--trusted-root", "root.json")
    return attest("verify", "--bundle", bundle, *root, *words, "-o", "json", subject, cwd=folder)


def refused(ran: Ran, code: str) -> None:
    """Check a refusal of the bundle: exit 4, with everything said in the JSON."""
    shown = ran.document
    assert (ran.code, shown["verified"], shown["code"]) == (4, False, code)
    assert shown["message"]
    assert shown["hint"]
    assert shown["signers"] == []
    assert shown["statement"] is None


def test_an_attestation(folder: Path) -> None:
    ran = verify(folder, *WHO)
    shown = ran.document
    assert (ran.code, shown["verified"], shown["code"], ran.err) == (0, True, "VERIFIED", "")
    (signer,) = shown["signers"]
    assert (signer["identity"], signer["issuer"]) == (CI, ISSUER)
    assert shown["statement"]["predicateType"] == SLSA
    assert {time["source"] for time in shown["times"]} == {"tlog", "tsa"}
    assert len(shown["log_entries"]) == 1
    assert shown["trust_root"]["digest"].startswith("sha256:")
    assert shown["weakened"] == []


def test_text_says_that_nothing_was_judged(folder: Path) -> None:
    words = ("verify", "--bundle", "provenance.json", "--trusted-root", "root.json", *WHO, "app")
    ran = attest(*words, cwd=folder)
    assert ran.code == 0
    assert ran.out.startswith("VERIFIED  app\n")
    assert CI in ran.out
    assert "nothing here judged it" in ran.out
    assert "\x1b" not in ran.out
    assert "\x1b[32" in attest(*words, "--color", "always", cwd=folder).out
    assert "✓" in attest(*words, "-v", cwd=folder).out


@pytest.mark.parametrize("bundle", ["signature.json", "provenance.json"])
def test_the_subject_may_be_a_digest(folder: Path, bundle: str) -> None:
    (named,) = json.loads(about(SLSA, provenance()))["subject"]
    digest = f"sha256:{named['digest']['sha256']}"
    assert verify(folder, *WHO, bundle=bundle, subject=digest).code == 0
    assert verify(folder, *WHO, bundle=bundle, subject=f"sha256:{'0' * 64}").code == 4


def test_a_key(folder: Path) -> None:
    ran = verify(folder, "--key", "key.pub", bundle="by-key.json")
    assert ran.code == 0
    assert ran.document["trust_root"]["digest"].startswith("sha256:")
    both = ("--key", "stranger.pub", "--key", "key.pub")
    assert verify(folder, *both, bundle="by-key.json").code == 0
    refused(verify(folder, "--key", "stranger.pub", bundle="by-key.json"), "SIGNATURE_INVALID")
    refused(verify(folder, "--key", "key.pub"), "KEY_MISMATCH")


def test_a_key_with_a_timestamp(folder: Path) -> None:
    words = ("--key", "key.pub", "--require-timestamp")
    assert verify(folder, *words, bundle="by-key.json").code == 0
    bare = box.sign_blob(APP, key=box.key_pair("release"), timestamp=False, tlog=False)
    (folder / "bare.json").write_bytes(bare)
    assert verify(folder, *words[:2], bundle="bare.json").code == 0
    refused(verify(folder, *words, bundle="bare.json"), "TIMESTAMP_MISSING")


def test_a_trust_root_that_is_named_counts_for_keys_too(folder: Path) -> None:
    known = verify(folder, "--key", "key.pub", "--trusted-root", "root.json", bundle="by-key.json")
    assert known.code == 0
    assert known.document["times"]
    missing = verify(folder, "--key", "key.pub", "--trusted-root", "none", bundle="by-key.json")
    assert missing.code == 2


def test_an_ed25519_key_over_a_file(folder: Path) -> None:
    """Such a signature is over the bytes, not over their digest."""
    key = box.key_pair("ed", KeyType.ED25519)
    (folder / "ed.pub").write_bytes(key.public_pem)
    (folder / "ed.json").write_bytes(box.sign_blob(APP, key=key, tlog=False, timestamp=False))
    assert verify(folder, "--key", "ed.pub", bundle="ed.json").code == 0
    assert verify(folder, "--key", "ed.pub", bundle="ed.json", subject="other").code == 4


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--certificate-identity", CI[:-1], *WHO[2:]), "IDENTITY_MISMATCH"),
        ((*WHO[:2], "--certificate-oidc-issuer", "https://accounts.test"), "ISSUER_MISMATCH"),
        ((*WHO, "--claim", "source_repository_uri=https://github.com/a/b"), "CLAIM_MISMATCH"),
        ((*WHO, "--predicate-type", "https://example.org/other/v1"), "PREDICATE_TYPE"),
        (("--certificate-identity-regexp", "https://github.com/example/ap", *WHO[2:]), None),
        ((*WHO, "--trusted-root", "public-good"), None),
    ],
)
def test_another_signer_than_demanded(
    folder: Path, words: tuple[str, ...], code: str | None
) -> None:
    ran = verify(folder, *words)
    assert (ran.code, ran.document["verified"]) == (4, False)
    assert code is None or ran.document["code"] == code


@pytest.mark.parametrize(
    "pattern", [r"https://github\.com/example/app/.+", r".*/example/app/.*@refs/heads/main"]
)
def test_patterns_match_the_whole_value(folder: Path, pattern: str) -> None:
    assert verify(folder, "--certificate-identity-regexp", pattern, *WHO[2:]).code == 0


def test_a_predicate_type_and_a_claim_that_fit(folder: Path) -> None:
    uri = "https://github.com/example/app"
    bundle = box.sign_statement(
        about(SLSA, provenance()),
        key=box.certificate(CI, ISSUER, claims={"source_repository_uri": uri}),
    )
    (folder / "claims.json").write_bytes(bundle)
    words = (*WHO, "--predicate-type", SLSA, "--claim", f"source_repository_uri={uri}")
    assert verify(folder, *words, bundle="claims.json").code == 0


@pytest.mark.parametrize(
    ("bundle", "subject", "code"),
    [
        ("provenance.json", "other", "SUBJECT_MISMATCH"),
        ("signature.json", "other", "DIGEST_MISMATCH"),
        ("root.json", "app", "BUNDLE_TYPE"),
        ("app", "app", "BUNDLE_MALFORMED"),
    ],
)
def test_what_is_not_about_the_subject(folder: Path, bundle: str, subject: str, code: str) -> None:
    refused(verify(folder, *WHO, bundle=bundle, subject=subject), code)


def test_what_was_tampered_with(folder: Path) -> None:
    bundle = (folder / "provenance.json").read_bytes()
    (folder / "forged.json").write_bytes(rewritten(bundle, payload="e30="))
    refused(verify(folder, *WHO, bundle="forged.json"), "SIGNATURE_INVALID")
    another = stranger_box.sign_statement(about(SLSA, provenance()), identity=CI, issuer=ISSUER)
    (folder / "another.json").write_bytes(another)
    assert verify(folder, *WHO, bundle="another.json").code == 4


def test_a_statement_about_nothing(folder: Path) -> None:
    (folder / "nothing.json").write_bytes(by_ci(statement([], SLSA, provenance())))
    refused(verify(folder, *WHO, bundle="nothing.json"), "STATEMENT_NO_SUBJECT")


def test_ignoring_the_log_is_listed(folder: Path) -> None:
    unlogged = box.sign_blob(APP, identity=CI, issuer=ISSUER, tlog=False)
    (folder / "unlogged.json").write_bytes(unlogged)
    refused(verify(folder, *WHO, bundle="unlogged.json"), "TLOG_MISSING")
    ran = verify(folder, *WHO, "--insecure-ignore-tlog", bundle="unlogged.json")
    assert ran.code == 0
    assert ran.document["weakened"] == ["--insecure-ignore-tlog"]
    ran = verify(folder, *WHO, "--insecure-ignore-sct")
    assert ran.document["weakened"] == ["--insecure-ignore-sct"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), "SIGNER_UNSTATED"),
        (WHO[:2], "SIGNER_UNSTATED"),
        (WHO[2:], "SIGNER_UNSTATED"),
        ((*WHO, "--key", "key.pub"), "OPTION_CONFLICT"),
        (("--key", "key.pub", "--claim", "run_invocation_uri=x"), "OPTION_CONFLICT"),
        ((*WHO, "--certificate-identity-regexp", "https://x/.*"), "OPTION_CONFLICT"),
        ((*WHO, "--certificate-oidc-issuer-regexp", "https://x/.*"), "OPTION_CONFLICT"),
        ((*WHO, "--claim", "nonsense"), "OPTION_INVALID"),
        ((*WHO, "--claim", "issuer=x", "--claim", "issuer=y"), "OPTION_CONFLICT"),
        ((*WHO, "--claim", "never_heard_of=x"), "CLAIM_UNKNOWN"),
        (("--certificate-identity-regexp", ".*", *WHO[2:]), "PATTERN_TOO_WIDE"),
        (("--certificate-identity-regexp", "(", *WHO[2:]), "PATTERN_MALFORMED"),
        ((*WHO[:2], "--certificate-oidc-issuer-regexp", ".+"), "PATTERN_TOO_WIDE"),
        ((*WHO, "--trusted-root", "none.json"), "FILE_NOT_FOUND"),
        ((*WHO, "--trusted-root", "app"), "ROOT_MALFORMED"),
        (("--key", "none.pub"), "FILE_NOT_FOUND"),
        (("--key", "app"), "KEY_MALFORMED"),
    ],
)
def test_a_request_that_cannot_be_carried_out(
    folder: Path, words: tuple[str, ...], code: str
) -> None:
    assert_refused(verify(folder, *words), 2, code)


@pytest.mark.parametrize(
    ("bundle", "subject", "code"),
    [
        ("none.json", "app", "FILE_NOT_FOUND"),
        ("provenance.json", "none", "FILE_NOT_FOUND"),
        ("provenance.json", "sha256:abc", "DIGEST_INVALID"),
        ("provenance.json", f"sha256:{'A' * 64}", "DIGEST_INVALID"),
        ("provenance.json", "oci-layout:", "REFERENCE_MALFORMED"),
        ("oci:registry.test/a@sha256:b", "app", "REFERENCE_MALFORMED"),
        (".", "app", "FILE_NOT_REGULAR"),
    ],
)
def test_files_that_are_not_there(folder: Path, bundle: str, subject: str, code: str) -> None:
    assert_refused(verify(folder, *WHO, bundle=bundle, subject=subject), 2, code)
