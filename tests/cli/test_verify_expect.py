"""``attest verify`` with expectations: who may sign follows from them, and each refuses alone."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from attest.model.digest import Digest
from attest.testing import sign_envelope, statement
from attest.testing.forms import PUBLISH, npm_answer, npm_statement
from attest.verify import builders, npm
from fixtures.making.world import APP, box
from tests import provenance as made
from tests.cli.command import Ran, assert_refused, attest
from tests.provenance import (
    DELEGATOR,
    GENERATOR,
    GENERIC,
    GO,
    ISSUER,
    MAIN,
    MAVEN,
    RELEASE,
    TAGGED,
    V01,
    V02,
    V1,
    claims,
    delegated,
    generic,
    google,
    google_v01,
    workflow,
)
from tests.summaries import OLDER, POLICY, RESOURCE, SVR, VERIFIER, VSA, older, svr, vsa

SOURCE = ("--slsa-source", "github.com/org/app")
KEY = box.key_pair("verifier")
ABOUT = f"sha256:{Digest.of(APP).value}"
TWO_INPUTS = ("--slsa-workflow-input", "release=none", "--slsa-workflow-input", "release=full")
FOR = ("--vsa-verifier", VERIFIER, "--vsa-resource", RESOURCE)


def signed(
    predicate: Any,
    identity: str = GENERIC,
    said: Mapping[str, str] | None = None,
    *,
    kind: str | None = None,
    issuer: str = ISSUER,
) -> bytes:
    """Sign provenance by a workflow that ``org/app`` runs."""
    kind = kind or (V1 if "buildDefinition" in predicate else V02)
    told = claims(identity) if said is None else said
    credential = box.certificate(identity, issuer, claims=told)
    return box.sign_statement(statement({"app": APP}, kind, predicate), key=credential)


def verify(folder: Path, bundle: bytes, *words: str, about: str = "app") -> Ran:
    files = {
        "app": APP,
        "bundle.json": bundle,
        "root.json": box.trusted_root(),
        "key.pub": KEY.public_pem,
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    given = ("--bundle", "bundle.json", "--trusted-root", "root.json", "-o", "json")
    return attest("verify", *given, *words, about, cwd=folder)


def code(ran: Ran) -> str:
    return str(ran.document["code"]) if ran.out else ran.err.rpartition("[")[2].partition("]")[0]


def test_the_trusted_builders_and_the_source_say_who_may_sign(tmp_path: Path) -> None:
    for bundle in (
        signed(generic()),
        signed(generic(GO), GO),
        signed(delegated(), DELEGATOR),
    ):
        ran = verify(tmp_path, bundle, *SOURCE, "--slsa-branch", "main")
        assert (ran.code, code(ran)) == (0, "VERIFIED"), ran
        checks = {step["check"]: step["seen"] for step in ran.document["steps"]}
        assert checks["source"] == made.REPOSITORY
        assert checks["branch"] == MAIN
        assert checks["builder"].startswith(GENERATOR)


def test_what_was_expected_is_shown(tmp_path: Path) -> None:
    ran = verify(tmp_path, signed(generic()), *SOURCE, "-o", "text")
    assert f"  expected   source {made.REPOSITORY}\n" in ran.out
    assert f"  expected   builder {GENERIC}\n" in ran.out
    assert "nothing else of it was judged" in ran.out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--slsa-source", "github.com/org/app-evil"), "SOURCE_MISMATCH"),
        (("--slsa-source", "github.com/org/ap"), "SOURCE_MISMATCH"),
        (("--slsa-source", "github.com/Org/app"), "SOURCE_MISMATCH"),
        (("--slsa-source", "gitlab.com/org/app"), "SOURCE_MISMATCH"),
        ((*SOURCE, "--slsa-branch", "dev"), "BRANCH_MISMATCH"),
        ((*SOURCE, "--slsa-tag", "main"), "TAG_MISMATCH"),
        ((*SOURCE, "--slsa-versioned-tag", "v1"), "TAG_VERSION_MISMATCH"),
        ((*SOURCE, "--slsa-workflow-input", "release=none"), "WORKFLOW_INPUT_MISMATCH"),
        ((*SOURCE, "--slsa-builder", GO), "IDENTITY_MISMATCH"),
        ((*SOURCE, "--slsa-builder", f"{GENERIC.partition('@')[0]}@v1.0.0"), "IDENTITY_MISMATCH"),
        ((*SOURCE, "--github-repo", "org/app"), "IDENTITY_MISMATCH"),
        ((*SOURCE, "--predicate-type", V1), "PREDICATE_TYPE"),
    ],
)
def test_each_expectation_refuses_alone(
    tmp_path: Path, words: tuple[str, ...], expected: str
) -> None:
    ran = verify(tmp_path, signed(generic()), *words)
    assert (ran.code, code(ran)) == (4, expected), ran


def test_what_slsa_verifier_checks(tmp_path: Path) -> None:
    tagged = signed(generic(ref=TAGGED), said=claims(ref=TAGGED))
    words = ("--slsa-tag", "v1.2.3", "--slsa-versioned-tag", "v1.2")
    assert code(verify(tmp_path, tagged, *SOURCE, *words)) == "VERIFIED"
    inputs = ("--slsa-workflow-input", "release=full")
    assert code(verify(tmp_path, signed(generic()), *SOURCE, *inputs)) == "VERIFIED"
    builder = ("--slsa-builder", f"{GENERIC.partition('@')[0]}@v2.1.0")
    assert code(verify(tmp_path, signed(generic()), *SOURCE, *builder)) == "VERIFIED"


@pytest.mark.parametrize(
    "identity",
    [
        RELEASE,
        GENERIC.replace("v2.1.0", "v2.1"),
        GENERIC.replace("tags/v2.1.0", "heads/main"),
        GENERIC.replace("slsa-framework/", "slsa-framework-evil/"),
        GENERIC.replace("github.com", "github.com.evil.example"),
        f"{GENERIC}-rc1",
    ],
)
def test_a_stranger_is_no_trusted_builder(tmp_path: Path, identity: str) -> None:
    """Even where the predicate says that it was one."""
    for predicate in (generic(), generic(identity)):
        ran = verify(tmp_path, signed(predicate, identity), *SOURCE)
        assert (ran.code, code(ran)) == (4, "IDENTITY_MISMATCH")


def test_another_issuer_is_no_github(tmp_path: Path) -> None:
    ran = verify(tmp_path, signed(generic(), issuer="https://idp.example"), *SOURCE)
    assert code(ran) == "ISSUER_MISMATCH"


def test_a_builder_that_delegates(tmp_path: Path) -> None:
    bundle = signed(delegated(), DELEGATOR)
    name = MAVEN.partition("@")[0]
    assert code(verify(tmp_path, bundle, *SOURCE, "--slsa-builder", name)) == "VERIFIED"
    assert code(verify(tmp_path, bundle, *SOURCE, "--slsa-builder", MAVEN)) == "VERIFIED"
    other = name.replace("maven", "gradle")
    assert code(verify(tmp_path, bundle, *SOURCE, "--slsa-builder", other)) == "BUILDER_MISMATCH"
    own = "https://github.com/jreleaser/release-action/.github/workflows/builder_slsa3.yml"
    theirs = signed(delegated(f"{own}@refs/tags/v1.0.0-java"), DELEGATOR)
    assert code(verify(tmp_path, theirs, *SOURCE)) == "BUILDER_MISMATCH"
    assert code(verify(tmp_path, theirs, *SOURCE, "--slsa-builder", own)) == "BUILDER_REF"
    named = ("--slsa-builder", f"{own}@v1.0.0-java")
    assert code(verify(tmp_path, theirs, *SOURCE, *named)) == "VERIFIED"


def test_a_workflow_of_one_s_own_as_builder(tmp_path: Path) -> None:
    bundle = signed(workflow(), RELEASE)
    assert code(verify(tmp_path, bundle, *SOURCE)) == "IDENTITY_MISMATCH"
    assert code(verify(tmp_path, bundle, *SOURCE, "--slsa-builder", RELEASE)) == "VERIFIED"
    name = RELEASE.partition("@")[0]
    assert code(verify(tmp_path, bundle, *SOURCE, "--slsa-builder", name)) == "IDENTITY_MISMATCH"


@pytest.mark.parametrize(
    "builder",
    ["https://gitlab.example/org/app/.github/workflows/release.yml", "https://github.com/org/app"],
)
def test_a_builder_that_is_no_workflow_of_github_names_no_signer(
    tmp_path: Path, builder: str
) -> None:
    for named in (builder, f"{builder}@refs/heads/main"):
        for identity in (RELEASE, f"{builder}@refs/heads/main", f"{builder}@refs/tags/v1.2.3"):
            ran = verify(tmp_path, signed(workflow(), identity), *SOURCE, "--slsa-builder", named)
            assert code(ran) == "SIGNER_UNSTATED"


def test_an_identity_that_is_named_is_the_one_that_counts(tmp_path: Path) -> None:
    who = ("--certificate-identity", RELEASE, "--certificate-oidc-issuer", ISSUER)
    bundle = signed(workflow(), RELEASE)
    assert code(verify(tmp_path, bundle, *SOURCE, *who)) == "VERIFIED"
    assert code(verify(tmp_path, signed(generic()), *SOURCE, *who)) == "IDENTITY_MISMATCH"
    lie = signed(workflow(repository="https://github.com/org/other"), RELEASE)
    assert code(verify(tmp_path, lie, *SOURCE, *who)) == "PROVENANCE_DISAGREES"
    bare = signed(workflow(), RELEASE, {})
    assert code(verify(tmp_path, bare, *SOURCE, *who)) == "EXPECT_UNPROVEN"
    half = ("--certificate-identity", RELEASE)
    assert code(verify(tmp_path, bundle, *SOURCE, *half)) == "SIGNER_UNSTATED"


def test_what_gh_attestation_verify_checks(tmp_path: Path) -> None:
    bundle = signed(workflow(), RELEASE)
    path = "org/app/.github/workflows/release.yml"
    for words, expected in (
        (("--github-repo", "org/app"), "VERIFIED"),
        (("--github-owner", "org"), "VERIFIED"),
        (("--github-owner", "org", "--deny-self-hosted-runners"), "VERIFIED"),
        (("--github-repo", "org/app", "--github-signer-workflow", path), "VERIFIED"),
        (
            ("--github-owner", "org", "--github-signer-workflow", f"{path}@refs/heads/main"),
            "VERIFIED",
        ),
        (
            ("--github-owner", "org", "--github-signer-workflow", f"{path}@refs/heads/evil"),
            "IDENTITY_MISMATCH",
        ),
        (("--github-repo", "org/app", "--slsa-source", "github.com/org/app"), "VERIFIED"),
        (("--github-repo", "org/ap"), "IDENTITY_MISMATCH"),
        (("--github-repo", "org/app-evil"), "IDENTITY_MISMATCH"),
        (("--github-owner", "or"), "IDENTITY_MISMATCH"),
        (("--github-repo", "org/app", "--github-signer-workflow", f"{path}x"), "IDENTITY_MISMATCH"),
        (("--github-repo", "org/app", "--predicate-type", V02), "PREDICATE_TYPE"),
        (("--github-signer-workflow", path), "SIGNER_UNSTATED"),
        (("--deny-self-hosted-runners",), "SIGNER_UNSTATED"),
    ):
        assert code(verify(tmp_path, bundle, *words)) == expected, words


def test_the_certificate_s_repository_is_the_caller_s(tmp_path: Path) -> None:
    shared = "https://github.com/shared/ci/.github/workflows/build.yml@refs/tags/v1.0.0"
    called = signed(workflow(shared), shared)
    repository = ("--github-repo", "org/app")
    assert code(verify(tmp_path, called, *repository)) == "IDENTITY_MISMATCH"
    named = ("--github-signer-workflow", "shared/ci/.github/workflows/build.yml")
    assert code(verify(tmp_path, called, *repository, *named)) == "VERIFIED"
    assert code(verify(tmp_path, called, "--github-repo", "shared/ci")) == "SOURCE_MISMATCH"
    own = claims(RELEASE, runner_environment="self-hosted")
    bundle = signed(workflow(), RELEASE, own)
    ran = verify(tmp_path, bundle, *repository, "--deny-self-hosted-runners")
    assert code(ran) == "RUNNER_SELF_HOSTED"


def test_gh_s_predicate_type_is_provenance_unless_another_is_demanded(tmp_path: Path) -> None:
    sbom = signed({"x": 1}, RELEASE, kind="https://example.org/sbom")
    repository = ("--github-repo", "org/app")
    assert code(verify(tmp_path, sbom, *repository)) == "PREDICATE_TYPE"
    demanded = ("--predicate-type", "https://example.org/sbom")
    assert code(verify(tmp_path, sbom, *repository, *demanded)) == "VERIFIED"
    assert code(verify(tmp_path, sbom, *repository, *SOURCE)) == "EXPECT_PREDICATE"


@pytest.mark.conformance
@pytest.mark.parametrize(
    ("name", "words", "expected"),
    [
        (
            "happy-path-intoto-in-dsse-v3",
            ("--github-owner", "sigstore-conformance"),
            "PROVENANCE_DISAGREES",
        ),
        (
            "intoto-with-custom-trust-root",
            (
                *("--slsa-source", "github.com/sigstore/sigstore-conformance"),
                *("--slsa-builder", "https://github.com/actions/runner/github-hosted"),
                *("--trusted-root", "trusted_root.json"),
            ),
            "EXPECT_UNPROVEN",
        ),
    ],
)
def test_public_bundles_whose_predicate_is_another_workflow_s(
    name: str, words: tuple[str, ...], expected: str
) -> None:
    """Their signatures are good, and what they say is not by who signed."""
    folder = Path(__file__).parents[3] / "shared/vectors/sigstore-conformance" / name
    if not folder.is_dir():
        pytest.skip("the public vectors are not beside the checkout")
    given = ("--bundle", "bundle.json", "-o", "json", *words, "artifact")
    ran = attest("verify", *given, cwd=folder)
    assert (ran.code, code(ran)) == (4, expected)


def by_google(monkeypatch: pytest.MonkeyPatch, version: str) -> Any:
    """Let a key of the box stand for Google's of one version."""
    from attest.model.trust import KeySigner

    names = {"v1": "Google Cloud Build v1", "v0.1": "Google Cloud Build v0.1"}
    keys = {name: box.key_pair(name) for name in names.values()}
    theirs = {name: KeySigner(name, key.public_pem) for name, key in keys.items()}
    monkeypatch.setattr(builders, "google_signers", lambda: theirs)
    return keys[names[version]]


def gcloud(payload: bytes, *keys: Any) -> bytes:
    """Write what ``gcloud … --show-provenance --format json`` prints: URL-safe base64."""
    envelope = json.loads(sign_envelope(payload, *keys))
    for holder, name in ((envelope, "payload"), *((s, "sig") for s in envelope["signatures"])):
        raw = base64.b64decode(holder[name])
        holder[name] = base64.urlsafe_b64encode(raw).decode()
    occurrence = {"build": {}, "kind": "BUILD", "envelope": envelope}
    return json.dumps({"provenance_summary": {"provenance": [occurrence]}}).encode()


def test_google_cloud_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = statement({"app": APP}, V1, google())
    answer = gcloud(said, by_google(monkeypatch, "v1"), box.key_pair("a region's"))
    words = (*SOURCE, "--slsa-builder", made.GOOGLE)
    assert code(verify(tmp_path, answer, *words)) == "VERIFIED"
    assert code(verify(tmp_path, answer, *words, "--slsa-branch", "main")) == "VERIFIED"
    assert code(verify(tmp_path, answer, *words, "--slsa-tag", "v1")) == "TAG_MISMATCH"
    assert code(verify(tmp_path, answer, *SOURCE)) == "KEY_MISMATCH"
    other = ("--slsa-source", "github.com/org/other", *words[2:])
    assert code(verify(tmp_path, answer, *other)) == "SOURCE_MISMATCH"
    older_key = gcloud(said, by_google(monkeypatch, "v0.1"))
    assert code(verify(tmp_path, older_key, *words)) == "SIGNER_ROLE"
    before = statement({"app": APP}, V01, google_v01())
    older_said = gcloud(before, by_google(monkeypatch, "v0.1"))
    assert code(verify(tmp_path, older_said, *words)) == "VERIFIED"
    assert code(verify(tmp_path, older_said, *words[:3], f"{made.GOOGLE}@v0.3")) == "VERIFIED"
    stranger = gcloud(said, box.key_pair("stranger"))
    assert code(verify(tmp_path, stranger, *words)) == "SIGNATURE_INVALID"


def test_google_s_own_keys_are_built_in(tmp_path: Path) -> None:
    answer = gcloud(statement({"app": APP}, V1, google()), box.key_pair("stranger"))
    words = (*SOURCE, "--slsa-builder", made.GOOGLE)
    assert code(verify(tmp_path, answer, *words)) == "SIGNATURE_INVALID"
    folder = Path(__file__).parents[3] / "shared/vectors/keys/gcb"
    if not folder.is_dir():
        pytest.skip("the public keys are not beside the checkout")
    names = ("google-hosted-worker", "provenanceSigner")
    theirs = [(folder / f"global-pae-{name}_1.key").read_bytes() for name in names]
    assert [signer.pem for signer in builders.google_signers().values()] == theirs  # type: ignore[union-attr]  # keys, all of them


def npm_bundle(monkeypatch: pytest.MonkeyPatch, built: bytes) -> bytes:
    """Make a registry's answer whose key the box holds."""
    from attest.model.trust import KeySigner

    key = box.key_pair("registry")
    signer = {npm.SIGNERS[0]: KeySigner(npm.SIGNERS[0], key.public_pem, root="root.json")}
    monkeypatch.setattr(npm, "registry_signers", lambda _root: signer)
    said = {"name": "app", "version": "1.0.0", "registry": "https://registry.npmjs.org"}
    digest = {"sha512": Digest.of(APP, "sha512").value}
    published = npm_statement(PUBLISH, "pkg:npm/app@1.0.0", digest, said)
    return npm_answer({PUBLISH: box.sign_statement(published, key=key), V1: built})


def test_npm_provenance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = {"sha512": Digest.of(APP, "sha512").value}

    def built(predicate: Any, said: Mapping[str, str], identity: str = RELEASE) -> bytes:
        about = npm_statement(V1, "pkg:npm/app@1.0.0", digest, predicate)
        return box.sign_statement(about, key=box.certificate(identity, ISSUER, claims=said))

    runner = "https://github.com/actions/runner/github-hosted"
    good = built(workflow(runner), claims(RELEASE))
    package = ("--npm-package", "app@1.0.0", *SOURCE)
    assert code(verify(tmp_path, npm_bundle(monkeypatch, good), *package)) == "VERIFIED"
    by_owner = ("--npm-package", "app@1.0.0", "--github-owner")
    assert code(verify(tmp_path, npm_bundle(monkeypatch, good), *by_owner, "org")) == "VERIFIED"
    ran = verify(tmp_path, npm_bundle(monkeypatch, good), *by_owner, "other")
    assert code(ran) == "NPM_PROVENANCE_MISSING"
    other = ("--npm-package", "app@1.0.0", "--slsa-source", "github.com/org/other")
    ran = verify(tmp_path, npm_bundle(monkeypatch, good), *other)
    assert (code(ran), "SOURCE_MISMATCH" in ran.out) == ("NPM_PROVENANCE_MISSING", True)
    self_hosted = runner.replace("github-hosted", "self-hosted")
    on_own = claims(RELEASE, runner_environment="self-hosted")
    for predicate, said, refused in (
        (workflow(self_hosted), on_own, "BUILDER_MISMATCH"),
        (workflow(runner), on_own, "PROVENANCE_DISAGREES"),
        (workflow(runner), claims(RELEASE, runner_environment=None), "EXPECT_UNPROVEN"),
        (workflow(runner), {}, "EXPECT_UNPROVEN"),
        (workflow(RELEASE), claims(RELEASE), "BUILDER_MISMATCH"),
    ):
        answer = npm_bundle(monkeypatch, built(predicate, said))
        ran = verify(tmp_path, answer, *package)
        assert (code(ran), refused in ran.out) == ("NPM_PROVENANCE_MISSING", True), refused
    answer = npm_bundle(monkeypatch, built(workflow(self_hosted), on_own))
    named = ("--slsa-builder", self_hosted)
    assert code(verify(tmp_path, answer, *package, *named)) == "VERIFIED"


def by_key(predicate: Any, kind: str = VSA) -> bytes:
    return sign_envelope(statement({"app": APP}, kind, predicate), KEY)


def test_a_summary_by_key(tmp_path: Path) -> None:
    key = ("--key", "key.pub")
    level = ("--vsa-level", "SLSA_BUILD_LEVEL_1")
    for words, expected in (
        ((*FOR, *level), "VERIFIED"),
        ((*FOR, "--vsa-policy-digest", str(POLICY)), "VERIFIED"),
        ((*FOR, "--vsa-dependency-level", "SLSA_BUILD_LEVEL_1"), "VERIFIED"),
        ((*FOR, "--vsa-level", "SLSA_BUILD_LEVEL_3"), "SUMMARY_LEVEL"),
        ((*FOR, "--vsa-dependency-level", "SLSA_BUILD_LEVEL_2"), "SUMMARY_DEPENDENCY_LEVEL"),
        ((*FOR, "--vsa-policy-digest", f"sha256:{'0' * 64}"), "SUMMARY_POLICY"),
        (("--vsa-verifier", "x", *FOR[2:]), "SUMMARY_VERIFIER"),
        ((*FOR[:2], "--vsa-resource", "x"), "SUMMARY_RESOURCE"),
        ((*FOR, "--key-id", "mine"), "KEY_ID_MISMATCH"),
    ):
        ran = verify(tmp_path, by_key(vsa()), *key, *words, about=ABOUT)
        assert code(ran) == expected, words
    failed = by_key(vsa(verificationResult="FAILED"))
    assert code(verify(tmp_path, failed, *key, *FOR, about=ABOUT)) == "SUMMARY_FAILED"
    assert code(verify(tmp_path, by_key(older(), OLDER), *key, *FOR, about=ABOUT)) == "VERIFIED"
    other = f"sha256:{'0' * 64}"
    assert code(verify(tmp_path, by_key(vsa()), *key, *FOR, about=other)) == "SUBJECT_MISMATCH"
    broken = by_key(vsa(resourceUri=None))
    assert code(verify(tmp_path, broken, *key, *FOR, about=ABOUT)) == "SUMMARY_INVALID"


def test_a_key_id_is_demanded_of_the_envelope(tmp_path: Path) -> None:
    envelope = json.loads(by_key(vsa()))
    envelope["signatures"][0]["keyid"] = "mine"
    bundle = json.dumps(envelope).encode() + b"\n"
    words = ("--key", "key.pub", *FOR)
    assert code(verify(tmp_path, bundle, *words, "--key-id", "mine", about=ABOUT)) == "VERIFIED"
    ran = verify(tmp_path, bundle, *words, "--key-id", "other", about=ABOUT)
    assert code(ran) == "KEY_ID_MISMATCH"


def test_a_summary_of_something_that_is_no_bytes(tmp_path: Path) -> None:
    """Of a commit, or an image by its number in a cloud: only where a summary is expected."""
    commit = made.COMMIT
    about = [{"digest": {"gitCommit": commit, "sha1": commit}}]
    bundle = sign_envelope(statement(about, VSA, vsa()), KEY)
    key = ("--key", "key.pub")
    ran = verify(tmp_path, bundle, *key, *FOR, about=f"gitCommit:{commit}")
    assert code(ran) == "VERIFIED"
    assert ran.document["weakened"] == ["SUBJECT gitCommit: (no digest of bytes)"]
    other = f"gitCommit:{'0' * 40}"
    assert code(verify(tmp_path, bundle, *key, *FOR, about=other)) == "SUBJECT_MISMATCH"
    named = f"gce_image_id:{commit}"
    assert code(verify(tmp_path, bundle, *key, *FOR, about=named)) == "SUBJECT_WEAK_DIGEST"
    assert verify(tmp_path, bundle, *key, *FOR, about=f"sha1:{commit}").code != 0
    assert verify(tmp_path, bundle, *key, about=f"gitCommit:{commit}").code != 0
    message = box.sign_blob(b"x", key=KEY)
    ran = verify(tmp_path, message, *key, *FOR, about=f"gitCommit:{commit}")
    assert (ran.code, code(ran)) == (4, "SIGNATURE_INVALID")


def test_a_detached_signature_has_no_key_id(tmp_path: Path) -> None:
    for name, content in {"app": APP, "key.pub": KEY.public_pem}.items():
        (tmp_path / name).write_bytes(content)
    message = json.loads(box.sign_blob(APP, key=KEY))["messageSignature"]
    (tmp_path / "app.sig").write_text(message["signature"])
    words = ("verify", "--signature", "app.sig", "--key", "key.pub", "-o", "json")
    assert attest(*words, "app", cwd=tmp_path).code == 0
    assert code(attest(*words, "--key-id", "x", "app", cwd=tmp_path)) == "KEY_ID_MISMATCH"
    assert code(attest(*words, *FOR, "app", cwd=tmp_path)) == "EXPECT_PREDICATE"


def test_a_summary_by_certificate(tmp_path: Path) -> None:
    who = ("--certificate-identity", RELEASE, "--certificate-oidc-issuer", ISSUER)
    bundle = signed(vsa(), RELEASE, kind=VSA)
    assert code(verify(tmp_path, bundle, *who, *FOR, about=ABOUT)) == "VERIFIED"
    assert code(verify(tmp_path, bundle, *FOR, about=ABOUT)) == "SIGNER_UNSTATED"
    stranger = signed(vsa(), GENERIC, kind=VSA)
    assert code(verify(tmp_path, stranger, *who, *FOR, about=ABOUT)) == "IDENTITY_MISMATCH"


def test_a_result_of_in_toto(tmp_path: Path) -> None:
    bundle = by_key(svr(), SVR)
    words = ("--key", "key.pub", "--svr-verifier", VERIFIER, "--svr-property")
    assert code(verify(tmp_path, bundle, *words, "ORG_REVIEWED", about=ABOUT)) == "VERIFIED"
    assert code(verify(tmp_path, bundle, *words, "ORG_OTHER", about=ABOUT)) == "SUMMARY_LEVEL"
    ran = verify(tmp_path, by_key(vsa()), *words, "ORG_REVIEWED", about=ABOUT)
    assert code(ran) == "EXPECT_PREDICATE"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--slsa-source", "github.com/org/app@v1"), "EXPECT_MALFORMED"),
        ((*SOURCE, "--slsa-branch", "refs/tags/v1"), "EXPECT_MALFORMED"),
        ((*SOURCE, "--slsa-tag", "refs/heads/v1"), "EXPECT_MALFORMED"),
        ((*SOURCE, "--slsa-versioned-tag", "1.2"), "EXPECT_MALFORMED"),
        ((*SOURCE, "--slsa-builder", "generic"), "EXPECT_MALFORMED"),
        ((*SOURCE, "--slsa-workflow-input", "x"), "EXPECT_MALFORMED"),
        ((*SOURCE, *TWO_INPUTS), "OPTION_CONFLICT"),
        (("--github-owner", "org/app"), "EXPECT_MALFORMED"),
        (("--github-repo", "org"), "EXPECT_MALFORMED"),
        (("--github-owner", "org", "--github-signer-workflow", "x.yml"), "EXPECT_MALFORMED"),
        (("--slsa-branch", "main"), "SIGNER_UNSTATED"),
        (("--slsa-builder", GENERIC), "SIGNER_UNSTATED"),
        ((*SOURCE, "--slsa-builder", "https://tekton.dev/chains/v2"), "SIGNER_UNSTATED"),
        ((*SOURCE, *FOR), "OPTION_CONFLICT"),
        (("--vsa-verifier", VERIFIER), "OPTION_INVALID"),
        (("--vsa-level", "X"), "OPTION_INVALID"),
        (("--svr-verifier", VERIFIER), "OPTION_INVALID"),
        (("--key", "key.pub", *FOR, "--vsa-policy-digest", "md5:0"), "EXPECT_MALFORMED"),
    ],
)
def test_expectations_that_can_mean_nothing(
    tmp_path: Path, words: tuple[str, ...], expected: str
) -> None:
    assert_refused(verify(tmp_path, signed(generic()), *words), 2, expected)
