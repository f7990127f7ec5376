"""``attest verify --npm-package``: the registry's attestation and the builder's, together."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from attest.cli.verify_options import Demanded
from attest.cli.verify_trust import npm_refusal
from attest.model.artifact import Artifact, Reference
from attest.model.digest import Digest
from attest.model.trust import CertificateSigner, KeySigner, Match, Signer, Trust
from attest.testing.forms import PUBLISH, npm_answer, npm_statement
from attest.verification import Conditions, check_all
from attest.verify import Verifier
from attest.verify.collection import split
from attest.verify.npm import SIGNERS
from fixtures.making.evidence import SLSA, about, by_ci, provenance
from fixtures.making.world import APP, CI, ISSUER, NOW, box, stranger_box
from tests.cli.command import attest

PURL = "pkg:npm/%40example/app@1.0.0"
DIGESTS = {"sha512": Digest.of(APP, "sha512").value}
TARBALL = [Artifact.of(Reference("file", "app.tgz"), APP)]


def _npm(publish: bytes | None = None, built: bytes | None = None, package: str = "") -> str | None:
    """Check an answer of a registry whose key the box holds; return the code of a refusal."""
    key = box.key_pair("registry")
    said = {"name": "@example/app", "version": "1.0.0", "registry": "https://registry.npmjs.org"}
    published = npm_statement(PUBLISH, PURL, DIGESTS, said)
    provenance_ = npm_statement("https://slsa.dev/provenance/v0.2", PURL, DIGESTS, {})
    answer = npm_answer(
        {
            PUBLISH: publish or box.sign_statement(published, key=key),
            SLSA: built or by_ci(provenance_),
        }
    )
    signers: dict[str, Signer] = {
        SIGNERS[0]: KeySigner(SIGNERS[0], key.public_pem, root="box"),
        "ci": CertificateSigner("ci", "box", Match(CI), Match(ISSUER)),
    }
    trust = Trust({"box": box.trusted_root()}, signers)
    items = split(Artifact.of(Reference("file", "npm.json"), answer))
    at = NOW + timedelta(days=1)
    outcomes = check_all(items, TARBALL, Verifier(trust, at), Conditions(at))
    demanded = Demanded(None, None, package or "@example/app@1.0.0", every=False)
    refusal = npm_refusal(outcomes, demanded)
    return None if refusal is None else refusal.code


def test_an_npm_package() -> None:
    assert _npm() is None
    assert _npm(package="@example/app") is None
    assert _npm(package="@example/app@1.0.1") == "NPM_PACKAGE_MISMATCH"
    assert _npm(package="app") == "NPM_PACKAGE_MISMATCH"
    said = npm_statement(PUBLISH, PURL, DIGESTS, {})
    assert _npm(publish=by_ci(said)) == "NPM_PUBLISH_MISSING"
    by_other = box.sign_statement(said, key=box.key_pair("alice"))
    assert _npm(publish=by_other) == "NPM_PUBLISH_MISSING"
    other = npm_statement("https://slsa.dev/provenance/v1", PURL, {"sha512": "ab" * 64}, {})
    assert _npm(built=by_ci(other)) == "NPM_PROVENANCE_MISSING"
    stranger = stranger_box.sign_statement(about(SLSA, provenance()))
    assert _npm(built=stranger) == "NPM_PROVENANCE_MISSING"


def test_npm_s_own_key_is_built_in(tmp_path: Path) -> None:
    said = by_ci(about(SLSA, provenance()))
    for name, content in {
        "app": APP,
        "root.json": box.trusted_root(),
        "npm.json": npm_answer({SLSA: said}),
    }.items():
        (tmp_path / name).write_bytes(content)
    who = ("--certificate-identity", CI, "--certificate-oidc-issuer", ISSUER)
    files = ("--bundle", "npm.json", "--trusted-root", "root.json", "--npm-package", "@example/app")
    ran = attest("verify", *files, *who, "-o", "json", "app", cwd=tmp_path)
    assert (ran.code, ran.document["code"]) == (4, "NPM_PUBLISH_MISSING")
