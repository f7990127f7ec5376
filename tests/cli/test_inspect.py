"""``attest inspect``: what a file claims, trusting nothing, and how to demand its signer."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
import yaml

from attest.testing import KeyType
from fixtures.making.evidence import SARIF, SLSA, about, by_ci, provenance, sbom, scan
from fixtures.making.world import APP, CI, ISSUER, box
from tests.cli.command import Ran, attest
from tests.evaluate.abi.opa.programs import program
from tests.evaluate.abi.opa.wat import IMPORTS, module


def inspect(folder: Path, content: bytes, *words: str) -> Ran:
    (folder / "thing").write_bytes(content)
    return attest("inspect", *words, "thing", cwd=folder)


@pytest.mark.parametrize(
    ("content", "what", "kind"),
    [
        (by_ci(about(SLSA, provenance())), "Sigstore bundle", "SLSA_PROVENANCE"),
        (box.sign_blob(APP), "Sigstore bundle", "SIGNATURE"),
        (about(SARIF, scan()), "in-toto statement", "SARIF"),
        (json.dumps(scan()).encode(), "SARIF log", "SARIF"),
        (json.dumps(sbom()).encode(), "CycloneDX BOM", "SBOM_CYCLONEDX_JSON"),
        (box.trusted_root(), "Sigstore trusted root", None),
        (box.key_pair("release").public_pem, "public key (PEM)", None),
        (b"\0asm\1\0\0\0", "WebAssembly module", None),
        (APP, "gzip-compressed tar archive", None),
        (b"{}", "JSON", None),
        (b"hello\n", "text", None),
        (b"\x00\xff", "binary", None),
    ],
)
def test_what_a_file_is(tmp_path: Path, content: bytes, what: str, kind: str | None) -> None:
    ran = inspect(tmp_path, content, "-o", "json")
    shown = ran.document
    assert (ran.code, shown["what"], shown["kind"], shown["valid"]) == (0, what, kind, True)
    assert shown["verified"] is False
    assert shown["size"] == len(content)
    text = inspect(tmp_path, content)
    assert text.code == 0
    assert text.out.startswith(what)
    assert "Nothing of this is verified." in text.out


def test_valid_as_a_kind(tmp_path: Path) -> None:
    content = json.dumps(scan()).encode()
    assert inspect(tmp_path, content, "--kind", "SARIF").code == 0
    ran = inspect(tmp_path, content, "--kind", "SLSA_PROVENANCE")
    assert ran.code == 1
    assert "not             SLSA_PROVENANCE" in ran.out


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'{"version": "2.1.0", "runs": 1}', "SARIF_INVALID"),
        (b'{"a": 1, "a": 2}', "JSON_INVALID"),
        (b"{", "JSON_INVALID"),
        (b"[" * 100_000, "JSON_INVALID"),
        (b'{"a": "\xff"}', "JSON_INVALID"),
    ],
)
def test_what_is_not_valid_is_1(tmp_path: Path, content: bytes, code: str) -> None:
    ran = inspect(tmp_path, content, "-o", "json")
    assert ran.code == 1
    assert ran.document["valid"] is False
    assert ran.document["problem"]["code"] == code
    assert code in inspect(tmp_path, content).out


def test_the_command_that_it_ends_with_demands_this_signer(tmp_path: Path) -> None:
    """Run as it is printed, with a subject and this instance's root, it verifies."""
    ran = inspect(tmp_path, by_ci(about(SLSA, provenance())))
    assert ran.code == 0
    _, _, demand = ran.out.partition("To demand this signer:\n")
    command, _, block = demand.partition("or in attest.yaml:\n")
    words = shlex.split(command.replace("\\\n", "").replace("SUBJECT", "app"))
    assert words[:2] == ["attest", "verify"]
    (tmp_path / "app").write_bytes(APP)
    (tmp_path / "root.json").write_bytes(box.trusted_root())
    assert attest(*words[1:], "--trusted-root", "root.json", cwd=tmp_path).code == 0
    (signer,) = yaml.safe_load(block)["signers"].values()
    assert (signer["identity"], signer["issuer"]) == (CI, ISSUER)


def test_a_bundle_by_a_key_names_no_identity(tmp_path: Path) -> None:
    bundle = box.sign_blob(APP, key=box.key_pair("ed", KeyType.ED25519))
    ran = inspect(tmp_path, bundle)
    assert ran.code == 0
    assert "--key signer.pub" in ran.out
    assert "--certificate-identity" not in ran.out
    assert inspect(tmp_path, bundle, "-o", "json").document["certificate"] is None


@pytest.mark.parametrize("path", ["a thing", "it's", "-thing", "$(touch x)"])
def test_the_printed_command_is_safe_to_paste(tmp_path: Path, path: str) -> None:
    (tmp_path / path).write_bytes(by_ci(about(SLSA, provenance())))
    ran = attest("inspect", "--", path, cwd=tmp_path)
    command = ran.out.partition("To demand this signer:\n")[2].partition("or in attest.yaml:")[0]
    words = shlex.split(command)
    assert f"--bundle={path}" in words


def test_claims_are_hostile_text(tmp_path: Path) -> None:
    said = about("https://example.org/\x1b[2J\u202e", {})
    ran = inspect(tmp_path, said)
    assert not set(ran.out) & set("\x1b\u202e")
    evil = box.sign_statement(
        about(SLSA, provenance()), identity="https://x.test/'; rm -rf ~; echo '", issuer=ISSUER
    )
    command = inspect(tmp_path, evil).out.partition("To demand this signer:\n")[2]
    words = shlex.split(command.partition("or in attest.yaml:")[0])
    assert "https://x.test/'; rm -rf ~; echo '" in words
    block = inspect(tmp_path, evil).out.partition("or in attest.yaml:\n")[2]
    (signer,) = yaml.safe_load(block)["signers"].values()
    assert signer["identity"] == "https://x.test/'; rm -rf ~; echo '"


def test_a_program_that_opa_compiled(tmp_path: Path) -> None:
    ran = inspect(tmp_path, program("asking"))
    assert "  engine          opa-wasm\n" in ran.out
    assert "  ABI             1.3\n" in ran.out
    assert "  entrypoints     asking/deny_" in ran.out
    assert "crypto.sha256" in ran.out
    assert "  refused " not in ran.out
    hostile = module(
        listed=("http.send", "sprintf"), imports=IMPORTS + '(import "env" "system" (func))'
    )
    ran = inspect(tmp_path, hostile)
    assert "'http.send' (it reaches the network" in " ".join(ran.out.split())
    assert "IMPORT_FORBIDDEN: it imports 'env'.'system' (func)" in ran.out


@pytest.mark.parametrize(
    "content", [b"{}", b"[a]\nb = 1", b"\x1f\x8b\x08\x00", b"\x7fELF\x02", b"(module)"]
)
def test_what_is_only_named_wasm(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "policy.wasm").write_bytes(content)
    ran = attest("inspect", "policy.wasm", cwd=tmp_path)
    assert "none: ENGINE_UNKNOWN" in ran.out
