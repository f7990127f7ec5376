"""``attest sign`` as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from attest.testing import KeyPair, KeyType, read, statement
from attest.testing.keys import derive
from tests.signing.instance import IDENTITY, ISSUER, Instance, token

PAIR = KeyPair.of(derive("signing tests", "key", KeyType.P256))
STATEMENT = statement({"app": b"released\n"}, "https://example.org/predicate/v1", {})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "app": b"released\n",
        "statement.json": STATEMENT,
        "key.pem": PAIR.private_pem(),
        "locked.pem": PAIR.private_pem(b"secret"),
        "key.pub": PAIR.public_pem,
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def attest(
    folder: Path, *words: str, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-m", "attest", *words],
        cwd=folder,
        env={"PATH": os.defpath, "PYTHONPATH": str(root), "NO_PROXY": "127.0.0.1", **environment},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def code_of(run: subprocess.CompletedProcess[str]) -> str:
    assert run.returncode == 2, run.stderr
    return run.stderr.splitlines()[0].rpartition("[")[2].rstrip("]")


def test_file_with_key_verifies(folder: Path) -> None:
    assert attest(folder, "sign", "--key", "key.pem", "app").returncode == 0
    verified = attest(folder, "verify", "--bundle", "app.sigstore.json", "--key", "key.pub", "app")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_statement_with_locked_key_verifies(folder: Path) -> None:
    options = ("--key", "locked.pem", "--password-env", "UNLOCK", "--statement")
    signed = attest(folder, "sign", *options, "-o", "s.json", "statement.json", UNLOCK="secret")
    assert signed.returncode == 0, signed.stderr
    verified = attest(folder, "verify", "--bundle", "s.json", "--key", "key.pub", "app")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_file_with_identity_verifies(folder: Path, instance: Instance) -> None:
    (folder / "instance.json").write_bytes(instance.trust_config())
    (folder / "root.json").write_bytes(instance.box.trusted_root())
    options = ("--identity-token", "-", "--trust-config", "instance.json")
    signed = attest(folder, "sign", *options, "app", stdin=token() + "\n")
    assert signed.returncode == 0, signed.stderr
    who = ("--certificate-identity", IDENTITY, "--certificate-oidc-issuer", ISSUER)
    bundle = ("--bundle", "app.sigstore.json", "--trusted-root", "root.json")
    verified = attest(folder, "verify", *bundle, *who, "app")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_bundle_on_standard_output(folder: Path) -> None:
    run = attest(folder, "sign", "--key", "key.pem", "--bundle", "-", "app")
    assert read(run.stdout.encode(), "/messageSignature/messageDigest/algorithm") == "SHA2_256"
    assert not (folder / "app.sigstore.json").exists()
    assert run.stderr == ""


def test_nothing_is_overwritten_without_force(folder: Path) -> None:
    target = folder / "app.sigstore.json"
    target.write_text("precious")
    assert code_of(attest(folder, "sign", "--key", "key.pem", "app")) == "OUTPUT_EXISTS"
    assert target.read_text() == "precious"
    assert attest(folder, "sign", "--key", "key.pem", "--force", "app").returncode == 0
    assert target.read_text() != "precious"
    assert not list(folder.glob(".attest-*"))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), "SIGNER_CHOICE"),
        (("--key", "key.pem", "--identity-token", "app"), "SIGNER_CHOICE"),
        (("--key", "key.pem", "--trust-config", "app"), "OPTION_CONFLICT"),
        (("--identity-token", "app", "--password-env", "X"), "OPTION_CONFLICT"),
        (("--key", "locked.pem"), "SIGNING_KEY_PASSWORD"),
        (("--key", "locked.pem", "--password-env", "UNSET"), "SIGNING_KEY_PASSWORD"),
        (("--key", "key.pub"), "SIGNING_KEY_MALFORMED"),
        (("--key", "key.pem", "--statement"), "STATEMENT_UNSOUND"),
        (("--key", "key.pem", "-o", "none/x.json"), "OUTPUT_UNWRITABLE"),
        (("--identity-token", "app", "--trust-config", "app"), "TRUST_CONFIG_MALFORMED"),
    ],
)
def test_refusals(folder: Path, words: tuple[str, ...], code: str) -> None:
    assert code_of(attest(folder, "sign", *words, "app")) == code
    assert not (folder / "app.sigstore.json").exists()


def test_token_that_is_not_text_is_refused(folder: Path) -> None:
    (folder / "token").write_bytes(b"\xff")
    run = attest(folder, "sign", "--identity-token", "token", "app")
    assert code_of(run) == "IDENTITY_TOKEN_INVALID"


def test_secrets_are_not_shown(folder: Path) -> None:
    run = attest(
        folder, "sign", "--key", "locked.pem", "--password-env", "P", "app", P="not-the-password"
    )
    assert code_of(run) == "SIGNING_KEY_PASSWORD"
    assert "not-the-password" not in run.stderr
