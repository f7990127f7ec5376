"""``attest verify``: detached signatures, envelopes, many bundles, registries, npm packages."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path

import pytest

from attest.author.layout import Layout
from attest.testing import BundleKnobs, LogKnobs, read, sign_envelope, statement
from attest.testing.authority import der_of
from attest.testing.forms import (
    blob_bundle,
    pypi_attestation,
    pypi_provenance,
)
from fixtures.making.evidence import SARIF, SLSA, about, by_ci, provenance, scan
from fixtures.making.world import APP, CI, ISSUER, OTHER_APP, box, stranger_box
from tests.cli.command import Ran, assert_refused, attest

WHO = ("--certificate-identity", CI, "--certificate-oidc-issuer", ISSUER)
ALICE, BOB = box.key_pair("alice"), box.key_pair("bob")
STATEMENT = about(SLSA, provenance())
ROOT = ("--trusted-root", "root.json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An artifact, keys, and signatures in every form."""
    signature = box.sign_blob(APP, key=ALICE)
    credential = box.certificate(CI, ISSUER)
    by_certificate = box.sign_blob(APP, key=credential, tlog=False)
    stamp = "/verificationMaterial/timestampVerificationData/rfc3161Timestamps/0/signedTimestamp"
    chain = b"".join(_pem(der_of(one)) for one in box.authority.chain)
    for name, content in {
        "app": APP,
        "root.json": box.trusted_root(),
        "alice.pub": ALICE.public_pem,
        "alice-too.pub": ALICE.public_pem,
        "bob.pub": BOB.public_pem,
        "alice.der": base64.b64decode(b"".join(ALICE.public_pem.splitlines()[1:-1])),
        "alice.sig": read(signature, "/messageSignature/signature").encode(),
        "alice.raw": base64.b64decode(read(signature, "/messageSignature/signature")),
        "ci.sig": read(by_certificate, "/messageSignature/signature").encode(),
        "ci.pem": _pem(der_of(credential.certificate)),
        "ci.tsr": base64.b64decode(read(by_certificate, stamp)),
        "chain.pem": chain,
        "stranger-chain.pem": b"".join(_pem(der_of(c)) for c in stranger_box.authority.chain),
        "two.dsse.json": sign_envelope(STATEMENT, ALICE, BOB),
        "one.dsse.json": sign_envelope(STATEMENT, ALICE),
        "twice.dsse.json": sign_envelope(STATEMENT, ALICE, ALICE),
        "provenance.json": by_ci(STATEMENT),
        "cosign.bundle": blob_bundle(box.sign_blob(APP, identity=CI, issuer=ISSUER)),
        "pypi.json": pypi_provenance(pypi_attestation(by_ci(STATEMENT))),
        "many.jsonl": b"\n".join(
            [by_ci(about(SLSA, provenance(), OTHER_APP)), by_ci(STATEMENT), b"{}"]
        ),
        "good.json": json.dumps([json.loads(by_ci(STATEMENT))] * 2).encode(),
    }.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def _pem(der: bytes) -> bytes:
    body = base64.encodebytes(der)
    return b"-----BEGIN CERTIFICATE-----\n" + body + b"-----END CERTIFICATE-----\n"


def run(folder: Path, *words: str, subject: str = "app") -> Ran:
    return attest("verify", *words, "-o", "json", subject, cwd=folder)


def refused(ran: Ran, code: str) -> None:
    assert (ran.code, ran.document["verified"], ran.document["code"]) == (4, False, code), ran


@pytest.mark.parametrize("signature", ["alice.sig", "alice.raw"])
@pytest.mark.parametrize("key", ["alice.pub", "alice.der"])
def test_a_detached_signature_by_a_key(folder: Path, signature: str, key: str) -> None:
    assert run(folder, "--signature", signature, "--key", key).code == 0
    other = run(folder, "--signature", signature, "--key", key, subject="root.json")
    refused(other, "SIGNATURE_INVALID")
    refused(run(folder, "--signature", signature, "--key", "bob.pub"), "SIGNATURE_INVALID")


def test_a_detached_signature_with_its_certificate(folder: Path) -> None:
    parts = ("--signature", "ci.sig", "--certificate", "ci.pem", *ROOT, *WHO)
    stamped = (*parts, "--rfc3161-timestamp", "ci.tsr")
    refused(run(folder, *stamped), "TLOG_MISSING")
    ran = run(folder, *stamped, "--insecure-ignore-tlog", "--certificate-chain", "chain.pem")
    assert ran.code == 0
    assert ran.document["weakened"] == ["--insecure-ignore-tlog"]
    refused(run(folder, *parts, "--insecure-ignore-tlog"), "TIMESTAMP_MISSING")
    wrong = ("--insecure-ignore-tlog", "--certificate-chain", "stranger-chain.pem")
    refused(run(folder, *stamped, *wrong), "CERTIFICATE_CHAIN")
    # The chain is never what is trusted: another root refuses the same parts.
    theirs = (*stamped[:4], "--trusted-root", "stranger.json", *WHO, *stamped[-2:])
    (folder / "stranger.json").write_bytes(stranger_box.trusted_root())
    refused(
        run(folder, *theirs, "--insecure-ignore-tlog", "--certificate-chain", "chain.pem"),
        "TIMESTAMP_INVALID",
    )


def test_keys_of_an_envelope(folder: Path) -> None:
    both = ("--key", "alice.pub", "--key", "bob.pub", "--threshold", "2")
    ran = run(folder, "--envelope", "two.dsse.json", *both)
    assert ran.code == 0
    names = [signer["name"] for signer in ran.document["signers"]]
    assert names == ["alice.pub", "bob.pub", "--threshold", "--threshold"]
    refused(run(folder, "--envelope", "one.dsse.json", *both), "THRESHOLD_UNMET")
    assert run(folder, "--envelope", "one.dsse.json", *both[:4]).code == 0
    refused(run(folder, "--envelope", "twice.dsse.json", *both), "SIGNATURE_REPEATED")
    same = ("--key", "alice.pub", "--key", "alice-too.pub", "--threshold", "2")
    refused(run(folder, "--envelope", "one.dsse.json", *same), "THRESHOLD_PRINCIPALS")
    refused(run(folder, "--envelope", "provenance.json", *both), "BUNDLE_MALFORMED")
    refused(
        run(folder, "--envelope", "two.dsse.json", *both, subject="root.json"), "SUBJECT_MISMATCH"
    )


def test_a_threshold_over_several_bundles(folder: Path) -> None:
    words = ("--key", "alice.pub", "--key", "bob.pub", "--threshold", "2", "--bundle", "b.jsonl")
    by_bob = box.sign_statement(STATEMENT, key=BOB)
    (folder / "b.jsonl").write_bytes(sign_envelope(STATEMENT, ALICE) + b"\n" + by_bob)
    assert run(folder, *words).code == 0
    other = box.sign_statement(STATEMENT + b" ", key=BOB)
    (folder / "b.jsonl").write_bytes(sign_envelope(STATEMENT, ALICE) + b"\n" + other)
    refused(run(folder, *words), "THRESHOLD_PAYLOADS")


@pytest.mark.parametrize("bundle", ["cosign.bundle", "pypi.json", "good.json"])
def test_other_forms_of_bundles(folder: Path, bundle: str) -> None:
    assert run(folder, "--bundle", bundle, *ROOT, *WHO).code == 0
    assert run(folder, "--bundle", bundle, *ROOT, *WHO, "--all").code == 0
    assert run(folder, "--bundle", bundle, *ROOT, *WHO, subject="root.json").code == 4


def test_one_of_many_is_enough_and_the_others_are_listed(folder: Path) -> None:
    ran = run(folder, "--bundle", "many.jsonl", *ROOT, *WHO)
    assert (ran.code, ran.document["verified"]) == (0, True)
    listed = [(one["where"], one["code"]) for one in ran.document["bundles"]]
    assert listed == [
        ("many.jsonl#1", "SUBJECT_MISMATCH"),
        ("many.jsonl#2", "VERIFIED"),
        ("many.jsonl#3", "BUNDLE_MALFORMED"),
    ]
    text = attest("verify", "--bundle", "many.jsonl", *ROOT, *WHO, "app", cwd=folder).out
    assert "refused    many.jsonl#1  SUBJECT_MISMATCH" in text
    assert "verified   many.jsonl#2" in text
    refused(run(folder, "--bundle", "many.jsonl", *ROOT, *WHO, "--all"), "SUBJECT_MISMATCH")
    refused(
        run(folder, "--bundle", "many.jsonl", *ROOT, *WHO, subject="root.json"), "SUBJECT_MISMATCH"
    )


def test_the_ladder_stands_in_the_json_and_under_verbose(folder: Path) -> None:
    ran = run(folder, "--bundle", "provenance.json", *ROOT, *WHO)
    checks = [step["check"] for step in ran.document["steps"]]
    assert checks[0] == "bundle"
    assert {"signature", "log entry", "identity", "issuer"} <= set(checks)
    near = CI.replace("main", "dev")
    words = ("--certificate-identity", near, *WHO[2:])
    ran = run(folder, "--bundle", "provenance.json", *ROOT, *words)
    refused(ran, "IDENTITY_MISMATCH")
    assert "'main'; expected 'dev'" in ran.document["hint"]
    reached = [step["check"] for step in ran.document["steps"]]
    assert "certificate chain" in reached
    assert "identity" not in reached
    text = attest(
        "verify", "--bundle", "provenance.json", *ROOT, *words, "-v", "app", cwd=folder
    ).out
    assert "✓ certificate chain" in text
    assert "✗ IDENTITY_MISMATCH" in text


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "the file is empty"),
        (b"text", "text"),
        (b"\x00asm\x01\x00\x00\x00", "WebAssembly module"),
        (ALICE.public_pem, "public key"),
        (json.dumps(scan()).encode(), "SARIF"),
        (STATEMENT, "in-toto statement"),
    ],
)
def test_a_wrong_file_is_told_what_it_is(folder: Path, content: bytes, what: str) -> None:
    (folder / "wrong").write_bytes(content)
    ran = run(folder, "--bundle", "wrong", *ROOT, *WHO)
    refused(ran, "BUNDLE_MALFORMED")
    assert what in ran.document["message"]


def test_age(folder: Path) -> None:
    old = timedelta(days=1)
    words = ("--bundle", "provenance.json", *ROOT, *WHO, "--max-age")
    assert run(folder, *words, "36500d").code == 0
    refused(run(folder, *words, f"{old.days}d"), "SIGNATURE_TOO_OLD")
    keyed = ("--envelope", "k.json", "--key", "alice.pub", "--max-age", "36500d")
    (folder / "k.json").write_bytes(sign_envelope(about("https://example.test/x", {}), ALICE))
    refused(run(folder, *keyed), "SIGNATURE_AGE_UNPROVEN")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--key", "alice.pub"), "OPTION_INVALID"),
        (("--bundle", "a", "--envelope", "b", "--key", "alice.pub"), "OPTION_CONFLICT"),
        (("--bundle", "a", "--signature", "b", "--key", "alice.pub"), "OPTION_CONFLICT"),
        (("--bundle", "a", "--certificate", "b", "--key", "alice.pub"), "OPTION_INVALID"),
        (
            ("--signature", "alice.sig", "--certificate-chain", "chain.pem", "--key", "alice.pub"),
            "OPTION_INVALID",
        ),
        (("--signature", "none", "--key", "alice.pub"), "FILE_NOT_FOUND"),
        (("--bundle", "provenance.json", *WHO, "--threshold", "2"), "OPTION_INVALID"),
        (
            ("--envelope", "two.dsse.json", "--key", "alice.pub", "--threshold", "2"),
            "OPTION_INVALID",
        ),
        (("--bundle", "provenance.json", *WHO, "--max-age", "soon"), "OPTION_INVALID"),
        (
            ("--bundle", "a", *WHO, "--npm-package", "a", "--predicate-type", "x"),
            "OPTION_CONFLICT",
        ),
    ],
)
def test_a_request_that_cannot_be_carried_out(
    folder: Path, words: tuple[str, ...], code: str
) -> None:
    assert_refused(run(folder, *words), 2, code)


def test_what_lies_beside_an_image(folder: Path) -> None:
    layout = Layout()
    image = layout.add_manifest([], artifact_type="application/x-app")
    subject = f"oci-layout:image@{image}"
    layout.write(folder / "image")
    refused(run(folder, *ROOT, *WHO, subject=subject), "SIGNATURE_MISSING")
    layout.attach(image, box.sign_blob(layout.blob(image), identity=CI, issuer=ISSUER))
    said = statement([{"digest": {"sha256": image.value}}], SLSA, provenance())
    layout.attach(image, by_ci(said))
    layout.attach(image, stranger_box.sign_statement(said))
    layout.write(folder / "image")
    ran = run(folder, *ROOT, *WHO, subject=subject)
    assert ran.code == 0
    codes = [one["code"] for one in ran.document["bundles"]]
    assert codes.count("VERIFIED") == 2
    assert len(codes) == 3
    typed = run(folder, *ROOT, *WHO, "--predicate-type", SLSA, subject=subject)
    assert typed.document["statement"]["predicateType"] == SLSA
    refused(run(folder, *ROOT, *WHO, "--predicate-type", SARIF, subject=subject), "PREDICATE_TYPE")
    assert run(folder, *ROOT, *WHO, "--all", subject=subject).code == 4


def test_a_bundle_of_the_older_entry_kind_is_told_so(folder: Path) -> None:
    knobs = BundleKnobs(log=LogKnobs(intoto=True))
    bundle = box.sign_statement(STATEMENT, identity=CI, issuer=ISSUER, knobs=knobs)
    (folder / "old.json").write_bytes(bundle)
    ran = run(folder, "--bundle", "old.json", *ROOT, *WHO)
    refused(ran, "TLOG_BINDING")
    assert "not at hand" in ran.document["message"]
