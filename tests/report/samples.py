"""Reports of every kind that a gate gives, as a person would meet them."""

from __future__ import annotations

from dataclasses import replace

from attest.model.material import Problem
from attest.model.report import (
    BaselineLine,
    EvidenceLine,
    PolicyLine,
    Report,
    RequirementLine,
    ResultLine,
    SignerLine,
    StepLine,
    SubjectLine,
    TimeLine,
    TrustLine,
    WaiverLine,
    WeakenedLine,
)
from attest.model.verdict import CrossCheck, Engine, Finding, Severity, Usage
from attest.model.verdicts import summarize, verdict_of
from attest.reasons import REASONS

APP = "dist/app-1.4.2.tar.gz"
SCAN = "evidence/scan.sarif.sigstore.json"
SBOM = "evidence/sbom.cdx.sigstore.json"
POLICY = "oci-layout:policies@sha256:" + "7d" * 32
KEV = "policies/no-known-exploited"
CURES = "policies/fixes-applied"
SHA_APP = "1f3a9c0d" * 8
OPA = Engine("rego", "OPA 1.9.0", "sha256:" + "5e" * 32)

SCANNER = SignerLine(
    name="scan",
    key="sha256:" + "c4" * 32,
    issuer="https://token.actions.githubusercontent.com",
    identity="https://github.com/org/app/.github/workflows/scan.yml@refs/heads/main",
    claims={"source_repository_uri": "https://github.com/org/app", "runner_environment": "hosted"},
)
RELEASE = SignerLine(name="release", key="sha256:" + "9b" * 32)
LOGGED = (
    TimeLine("tlog", "2026-01-02T02:58:11Z", "rekor.sigstore.dev"),
    TimeLine("tsa", "2026-01-02T02:58:10Z", "timestamp.sigstore.dev"),
)
STEPS = (
    StepLine("bundle", "application/vnd.dev.sigstore.bundle.v0.3+json", "v0.3"),
    StepLine("certificate chain", "a CA of root public-good", "sigstore-intermediate"),
    StepLine("certificate window", "2026-01-02T02:58:09Z to 03:08:09Z", "2026-01-02T02:58:10Z"),
    StepLine("issuer", SCANNER.issuer or "", SCANNER.issuer or ""),
    StepLine("identity", SCANNER.identity or "", SCANNER.identity or ""),
    StepLine("signature", "ECDSA P-256 over the DSSE envelope", "good"),
    StepLine("log entry", "included, checkpoint signed", "index 123456789"),
    StepLine("subject", f"sha256:{SHA_APP}", f"sha256:{SHA_APP}"),
)


def problem(code: str, message: str = "", hint: str = "") -> Problem:
    """Return a problem with the code's own words where none are given."""
    return Problem(code, message or REASONS[code].cause, hint or REASONS[code].cure)


def subject(
    code: str = "PASSED", message: str = "", name: str = APP, hint: str = ""
) -> SubjectLine:
    """Return one subject with a consistent verdict."""
    exit_code = REASONS[code].exit_code
    return SubjectLine(
        name=name,
        digest={"sha256": SHA_APP},
        verdict=verdict_of(exit_code),
        exit_code=exit_code,
        reason=problem(code, message, hint),
    )


def evidence(
    path: str = SCAN, kind: str = "SARIF", *, trust: TrustLine | None = None, about: str = APP
) -> EvidenceLine:
    """Return one verified file about the artifact."""
    return EvidenceLine(
        id=path,
        source=path,
        digest="sha256:" + "ab12cd34" * 8,
        media_type="application/vnd.dev.sigstore.bundle.v0.3+json",
        kind=kind,
        predicate_type="https://in-toto.io/attestation/sarif/v0.1",
        subjects=({"digest": {"sha256": SHA_APP}, "name": "app-1.4.2.tar.gz"},),
        relates_to=(about,) if about else (),
        trust=trust or TrustLine("verified", "PASSED", "", (SCANNER,), LOGGED, STEPS),
        blocks=False,
    )


def refused(
    path: str, code: str, message: str, kind: str = "SARIF", *, blocks: bool = True
) -> EvidenceLine:
    """Return one refused file; ``blocks`` as where the plan named it, for what was evidence."""
    steps = (*STEPS[:4], StepLine("identity", SCANNER.identity or "", "https://github.com/evil"))
    trust = TrustLine("refused", code, message, steps=steps)
    line = evidence(path, kind, trust=trust, about="")
    return replace(line, subjects=(), blocks=blocks and code != "NOT_EVIDENCE")


def policy(name: str = KEV, engine: Engine = OPA) -> PolicyLine:
    """Return one policy, signed by the policy team."""
    signers = (SignerLine("policy-team", "sha256:" + "33" * 32),)
    return PolicyLine(
        id=name,
        name=name.rpartition("/")[2],
        source=POLICY,
        digest="sha256:" + "e0" * 32,
        version="1.2.0",
        revision="4f1c2ab",
        author="policy team",
        created="2025-12-20T00:00:00Z",
        claimed=("revision", "author", "created"),
        engine=engine,
        trust=TrustLine("verified", "PASSED", "", signers),
    )


def result(outcome: str = "passed", code: str = "PASSED", **fields: object) -> ResultLine:
    """Return one result of the first policy on the scan."""
    blocks = fields.get("enforced", True) is True and outcome in {"failed", "error"}
    line = ResultLine(APP, KEV, SCAN, outcome, code, blocks, usage=Usage(0.84, 1_204_331))
    return replace(line, **fields)  # type: ignore[arg-type]  # named fields of ResultLine


def finding(rule: str, severity: Severity | None, message: str, **fields: object) -> Finding:
    """Return one finding."""
    line = Finding(rule, message, severity, fingerprint=f"fp-{rule}", ids=(rule,))
    return replace(line, **fields)  # type: ignore[arg-type]  # named fields of Finding


XZ = finding(
    "CVE-2024-3094",
    Severity.CRITICAL,
    "xz-utils 5.6.0 carries a backdoor in liblzma that is exploited in the wild",
    location="/runs/0/results/4",
    remediation="Downgrade xz-utils to 5.4.6 and rebuild the image.",
    ids=("CVE-2024-3094", "pkg:deb/debian/xz-utils@5.6.0"),
)
CURL = finding(
    "CVE-2023-38545",
    Severity.HIGH,
    "curl 8.3.0: heap overflow in the SOCKS5 proxy handshake",
    location="usr/lib/libcurl.so.4:1",
)
TAR = finding(
    "CVE-2016-2781",
    Severity.LOW,
    "coreutils: chroot leaves a controlling terminal open",
    waived_by="waivers/coreutils.sigstore.json",
)
GLIBC = finding(
    "CVE-2019-1010022",
    Severity.MEDIUM,
    "glibc: the stack guard can be bypassed",
    location="usr/lib/libc.so.6:1",
    known_by="baseline/app-1.4.1.json",
)
MET = RequirementLine(APP, "SARIF signed by scan, at most 24h old", met=True, by=(SCAN,))


def report(code: str = "PASSED", message: str = "", hint: str = "", **fields: object) -> Report:
    """Return a report whose verdict and counts follow from its lines."""
    exit_code = REASONS[code].exit_code
    base = Report(
        verdict=verdict_of(exit_code),
        exit_code=exit_code,
        reason=problem(code, message, hint),
        evaluated_at="2026-01-02T03:04:05Z",
        attest_version="0.1.0",
        plan_digest="sha256:" + "60d5" * 16,
        plan_config="attest.yaml",
        subjects=(subject(code, message, hint=hint),),
        evidence=(evidence(), evidence(SBOM, "SBOM_CYCLONEDX_JSON")),
        policies=(policy(),),
        results=(result(),),
        requirements=(MET,),
    )
    made = replace(base, **fields)  # type: ignore[arg-type]  # named fields of Report
    return replace(made, summary=summarize(made.results, made.evidence))


def passed() -> Report:
    """Everything is good."""
    return report()


def failed() -> Report:
    """A policy found two blocking things; a third one is waived, and a second policy passed."""
    waiver = WaiverLine(
        id="waivers/coreutils.sigstore.json",
        policy="no-known-exploited",
        rule="CVE-2016-2781",
        finding="CVE-2016-2781",
        approver="security",
        expires="2026-01-14T00:00:00Z",
        reason="not reachable: the image has no shell",
        used=True,
    )
    agrees = CrossCheck(Engine("regopy", "1.5.2"), agrees=True)
    return report(
        "POLICY_FAILED",
        f"{KEV}: xz-utils 5.6.0 carries a backdoor (and 1 more)",
        policies=(policy(), policy(CURES)),
        results=(
            result("failed", "POLICY_FAILED", findings=(CURL, XZ, TAR), cross_check=agrees),
            result(policy=CURES, material=SBOM),
        ),
        waivers=(waiver,),
        weakened=(
            WeakenedLine("waiver", waiver.id, "what it names does not block until 2026-01-14"),
        ),
    )


def refused_signature() -> Report:
    """A signature by the wrong identity, and what depends on it."""
    message = "expected https://github.com/org/app/.github/workflows/scan.yml@refs/heads/main"
    message += ", seen https://github.com/evil/app/.github/workflows/scan.yml@refs/heads/main"
    unmet = problem("REQUIRED_REFUSED", f"SARIF about {APP}: 1 refused (SIGNER_ROLE)")
    return report(
        "SIGNER_ROLE",
        f"{SCAN}: {message}",
        evidence=(
            refused(SCAN, "SIGNER_ROLE", message),
            evidence(SBOM, "SBOM_CYCLONEDX_JSON"),
            refused("evidence/README.md", "NOT_EVIDENCE", "a text file", "UNKNOWN"),
            evidence("evidence/other.sigstore.json", "SLSA_PROVENANCE", about=""),
        ),
        results=(
            result(
                "skipped",
                "NO_MATERIAL",
                material=None,
                blocks=True,
                skip_reason="no SARIF accepted",
            ),
        ),
        requirements=(replace(MET, met=False, by=(), reason=unmet),),
    )


def missing() -> Report:
    """Required evidence was not found."""
    message = f"SARIF about {APP} was not found"
    unmet = problem("REQUIRED_MISSING", message)
    return report(
        "REQUIRED_MISSING",
        message,
        evidence=(evidence(SBOM, "SBOM_CYCLONEDX_JSON"),),
        results=(result(policy=CURES, material=SBOM),),
        policies=(policy(CURES),),
        requirements=(replace(MET, met=False, by=(), reason=unmet),),
    )


def engine_error() -> Report:
    """A policy died; two engines disagree on another."""
    died = problem("INTERNAL_ERROR", "fuel ran out after 5000000000 units in data.policy.deny")
    differs = CrossCheck(Engine("regopy", "1.5.2"), agrees=False, detail="passed, not failed")
    return report(
        "INTERNAL_ERROR",
        died.message,
        results=(
            result("error", "INTERNAL_ERROR", error=died, cross_check=differs),
            result("passed", policy=CURES, material=SBOM, logs=("checked 214 components",)),
        ),
        policies=(policy(), policy(CURES)),
    )


def weakened() -> Report:
    """Two artifacts pass, one policy is not enforced and some checks were relaxed."""
    other = "dist/app-1.4.2.whl"
    findings = (CURL,)
    return report(
        subjects=(subject(), subject(name=other)),
        evidence=(
            replace(evidence(), relates_to=(APP, other)),
            refused("referrer", "UNSIGNED", "SARIF without a signature", blocks=False),
        ),
        results=(
            result(),
            result(subject=other),
            result("failed", "NOT_ENFORCED", policy=CURES, findings=findings, enforced=False),
            result("skipped", "POLICY_SKIPPED", policy=CURES, subject=other, skip_reason="no fix"),
        ),
        policies=(policy(), policy(CURES)),
        requirements=(MET, replace(MET, subject=other)),
        weakened=(
            WeakenedLine("at", "--at", "evaluated as of 2026-01-02T03:04:05Z, not now"),
            WeakenedLine("on_skip", "policies[1].on_skip", "a skip does not block"),
            WeakenedLine("enforce", "policies[1].enforce", "the policy never blocks"),
        ),
    )


def known() -> Report:
    """Everything that was found is known to the report about the release before."""
    baseline = BaselineLine(
        id="baseline/app-1.4.1.json",
        digest="sha256:" + "0b" * 32,
        evaluated_at="2025-12-20T10:00:00Z",
        approver="security",
        expires="2026-01-19T10:00:00Z",
        covers=(APP,),
        limits=("policy fixes-applied: not in this plan with digest sha256:1f",),
        known=1,
    )
    return report(
        results=(result("passed", "BASELINED", findings=(GLIBC,)),),
        baselines=(baseline,),
        weakened=(
            WeakenedLine("baseline", baseline.id, "what was known does not block until 2026-01-19"),
            WeakenedLine("baseline", baseline.id, "CVE-2019-1010022 does not block: it is known"),
        ),
    )


def hostile() -> Report:
    """Evidence and policy text that attacks every sink."""
    attack = (
        "\x1b[2J\x1b]8;;http://evil\x07link\x1b]8;;\x07\u202egnp.exe\n::error::pwned\r\n##[error]x"
        " | a | <img src=x onerror=alert(1)> [l](http://evil) `c` *b* ]]> @team \x00 &amp; %0A::set"
    )
    bad = finding(attack, None, attack, location=attack, remediation=attack, fingerprint=attack)
    name = f"dist/{attack}"
    return report(
        "POLICY_FAILED",
        attack,
        hint=attack,
        subjects=(subject("POLICY_FAILED", attack, name, attack),),
        evidence=(
            evidence(attack, attack, about=name),
            refused(attack, "SIGNER_ROLE", attack, attack, blocks=False),
        ),
        policies=(policy(attack, Engine(attack, attack)),),
        results=(
            result(
                "failed",
                "POLICY_FAILED",
                subject=name,
                policy=attack,
                material=attack,
                findings=(bad,),
                logs=(attack,),
            ),
        ),
        requirements=(replace(MET, subject=name, requirement=attack, by=(attack,)),),
        weakened=(WeakenedLine(attack, attack, attack),),
    )


SAMPLES = {
    made.__name__: made
    for made in (passed, failed, refused_signature, missing, engine_error, weakened, known, hostile)
}
