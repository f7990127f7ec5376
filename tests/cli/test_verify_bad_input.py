"""What people give ``attest verify`` by mistake: a clear code, what was seen, no traceback."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from attest.testing import RootKnobs, Window
from fixtures.making.world import APP, CI, ISSUER, OTHER_APP, box, stranger_box
from tests.cli.command import Ran, assert_refused, attest

WHO = ("--certificate-identity", CI, "--certificate-oidc-issuer", ISSUER)
KEY, OTHER = box.key_pair("release"), box.key_pair("stranger")
ENDED = Window(box.now - timedelta(days=300), box.now - timedelta(days=30))


def _private(encryption: BestAvailableEncryption | NoEncryption) -> bytes:
    return KEY.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


FILES = {
    "app": APP,
    "other": OTHER_APP,
    "empty": b"",
    "root.json": box.trusted_root(),
    "ended.json": box.trusted_root(RootKnobs(certificate_authority=ENDED, log=ENDED)),
    "stranger.json": stranger_box.trusted_root(),
    "bundle.json": box.sign_blob(APP, identity=CI, issuer=ISSUER),
    "by-key.json": box.sign_blob(APP, key=KEY),
    "scan.sarif": json.dumps({"version": "2.1.0", "runs": []}).encode(),
    "page.html": b"<!DOCTYPE html><html><body>404</body></html>",
    "key.pub": KEY.public_pem,
    "two.pub": KEY.public_pem + OTHER.public_pem,
    "private.key": _private(NoEncryption()),
    "encrypted.key": _private(BestAvailableEncryption(b"password")),
    "cosign.key": b"-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nQUJD\n"
    b"-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that could be given, right and wrong."""
    made = tmp_path_factory.mktemp("given")
    for name, content in FILES.items():
        (made / name).write_bytes(content)
    return made


def verify(folder: Path, *words: str, subject: str = "app") -> Ran:
    """Verify; the right trust root is added where none is named."""
    root = () if "--trusted-root" in words or "--key" in words else ("--trusted-root", "root.json")
    return attest("verify", *root, *words, subject, cwd=folder)


def refused(ran: Ran, code: str) -> str:
    """Check a refusal of what was given; return everything it says."""
    assert ran.code == 4
    assert ran.err == ""
    first, *_ = ran.out.splitlines()
    assert first.startswith("REFUSED  ")
    assert first.endswith(f"  {code}")
    assert "\n  hint: " in ran.out
    return ran.out


@pytest.mark.parametrize(
    ("bundle", "code", "what"),
    [
        ("empty", "BUNDLE_MALFORMED", "the file is empty"),
        ("app", "BUNDLE_MALFORMED", "the file is: gzip-compressed tar archive"),
        ("scan.sarif", "BUNDLE_MALFORMED", "the file is: SARIF log"),
        ("page.html", "BUNDLE_MALFORMED", "the file is: "),
        ("key.pub", "BUNDLE_MALFORMED", "the file is: public key (PEM)"),
        ("root.json", "BUNDLE_TYPE", "the file is: Sigstore trusted root"),
    ],
)
def test_a_wrong_file_as_bundle(folder: Path, bundle: str, code: str, what: str) -> None:
    assert what in refused(verify(folder, "--bundle", bundle, *WHO), code)


def test_the_bundle_of_another_artifact(folder: Path) -> None:
    ran = verify(folder, "--bundle", "bundle.json", *WHO, subject="other")
    said = refused(ran, "DIGEST_MISMATCH")
    for content in (APP, OTHER_APP):
        assert hashlib.sha256(content).hexdigest() in said


@pytest.mark.parametrize(
    ("identity", "difference"),
    [
        (CI.replace("refs/heads/main", "refs/heads/master"), "'in'; expected 'ster'"),
        (CI.replace("release.yml", "re1ease.yml"), "stands 'l'; expected '1'"),
        (CI.replace("/example/", "/Example/"), "differ in upper and lower case alone"),
        (CI + " ", "stands ''; expected ' '"),
        (CI[:-1], "stands 'n'; expected ''"),
    ],
)
def test_an_identity_that_almost_matches(folder: Path, identity: str, difference: str) -> None:
    who = ("--certificate-identity", identity, *WHO[2:])
    said = refused(verify(folder, "--bundle", "bundle.json", *who), "IDENTITY_MISMATCH")
    assert difference in said
    assert repr(CI) in said
    assert repr(identity) in said


def test_a_root_that_has_ended(folder: Path) -> None:
    ran = verify(folder, "--bundle", "bundle.json", *WHO, "--trusted-root", "ended.json")
    said = refused(ran, "LOG_WINDOW")
    assert f"until {ENDED.end:%Y-%m-%dT%H:%M:%SZ}" in said
    assert f"the time is {box.now:%Y-%m-%dT%H:%M:%SZ}" in said


@pytest.mark.parametrize("root", ["stranger.json", "public-good", "github"])
def test_the_root_of_another_instance(folder: Path, root: str) -> None:
    ran = verify(folder, "--bundle", "bundle.json", *WHO, "--trusted-root", root)
    said = refused(ran, "TLOG_UNKNOWN")
    assert f"which trust root {root!r} does not have" in said
    assert "the trust root is the one of the instance that signed" in said


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("two.pub", "more than one PEM block (2)"),
        ("private.key", "this is a private key"),
        ("encrypted.key", "this is an encrypted private key"),
        ("cosign.key", "this is an encrypted private key"),
        ("empty", "no PEM block 'PUBLIC KEY'"),
        ("bundle.json", "no PEM block 'PUBLIC KEY'"),
    ],
)
def test_a_file_that_is_not_one_public_key(folder: Path, key: str, says: str) -> None:
    ran = verify(folder, "--bundle", "by-key.json", "--key", key)
    assert_refused(ran, 2, "KEY_MALFORMED")
    assert says in ran.err
    assert verify(folder, "--bundle", "by-key.json", "--key", "key.pub").code == 0


@pytest.mark.parametrize(
    "pattern",
    [
        *("(", "[a", "*a", "a{2,1}", "\\", "(?P<n>a)", "a(?=b)", "\\1"),
        # Those that compile, and would match for ever:
        *("(a+)+$", "(a|aa)*b", "https://github.com/(.*)*", "(?:a*)*", "((a?){30})a{30}"),
        *(".*.*.*.*.*x", "a" * 1025),
    ],
)
def test_a_pattern_that_does_not_compile_or_never_ends(folder: Path, pattern: str) -> None:
    who = ("--certificate-identity-regexp", pattern, *WHO[2:])
    assert_refused(verify(folder, "--bundle", "bundle.json", *who), 2, "PATTERN_MALFORMED")


def test_an_ended_root_says_so_in_the_table(folder: Path) -> None:
    text = attest("trust", "show", "--trusted-root", "ended.json", cwd=folder).out
    assert [line.split()[1] for line in text.splitlines() if line.startswith("  ✗ cert")] == [
        "certificates"
    ]
