"""The demo, laid out for a measurement, and the peers' commands that do the same work.

Only the standard library: a process starts with the memory its parent had, so the one that
measures must be small.
"""

from __future__ import annotations

import base64
import json
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import ATTEST, ROOT

_ISSUER = "https://token.actions.githubusercontent.com"
_WORKFLOWS = "https://github.com/example/app/.github/workflows/"
_SIGNERS = {
    "provenance": "release.yml",
    "sbom": "release.yml",
    "scan": "scan.yml",
    "tests": "release.yml",
}
"""The evidence, and the workflow that signed each piece."""

_REGO = {
    "provenance": "built-by-ci",
    "scan": "scan-findings",
    "tests": "tests-passed",
}
"""The policies in Rego, by the evidence they judge; that of the SBOM is WebAssembly."""

_ARGUMENTS = {
    "severity": "high",
    "builder": f"{_WORKFLOWS}release.yml@refs/heads/main",
    "repository": "https://github.com/example/app",
}


@dataclass(frozen=True)
class Demo:
    """A copy of ``fixtures/demo`` whose plan asks every policy once (``cross_check: false``)."""

    folder: Path

    @classmethod
    def copy(cls, folder: Path) -> Demo:
        """Copy the demo into ``folder``."""
        shutil.copytree(ROOT / "fixtures" / "demo", folder)
        demo = cls(folder)
        demo.edit_plan("cross_check: true", "cross_check: false")
        return demo

    @property
    def plan(self) -> Path:
        """The plan, as a file."""
        return self.folder / "attest.yaml"

    def edit_plan(self, old: str, new: str) -> None:
        """Replace a part of the plan that must be there."""
        text = self.plan.read_text()
        if old not in text:
            raise SystemExit(f"the demo's plan has no {old!r}")
        self.plan.write_text(text.replace(old, new))

    @property
    def bundle(self) -> str:
        """The SHA-256 of the policy bundle's manifest."""
        index = json.loads((self.folder / "policies" / "index.json").read_bytes())
        tagged = next(entry for entry in index["manifests"] if "annotations" in entry)
        return str(tagged["digest"].removeprefix("sha256:"))

    def blob(self, digest: str) -> Path:
        """Return where the layout keeps a blob."""
        return self.folder / "policies" / "blobs" / "sha256" / digest

    def gate(self) -> list[str]:
        """Return the gate's command."""
        return [ATTEST, "gate", "-c", str(self.plan), "-q"]

    def verify(self) -> list[str]:
        """Return the command that verifies the scan's attestation."""
        return [ATTEST, "verify", *self._trust("scan"), str(self._subject)]

    def cosign(self, evidence: str) -> list[str]:
        """Return cosign's command for one attestation."""
        statement = _statement(self._evidence(evidence))
        trust = self._trust(evidence)
        kind = ["--type", statement["predicateType"]]
        return ["cosign", "verify-blob-attestation", *trust, *kind, str(self._subject)]

    def cosign_all(self) -> list[list[str]]:
        """Return cosign's commands for the policy bundle's signature and for every attestation."""
        signature = self.blob(self._signature())
        key = self.folder / "trust" / "policy-team.pub"
        trust = ["--key", str(key), "--bundle", str(signature), "--insecure-ignore-tlog"]
        root = ["--trusted-root", str(self.folder / "trust" / "root.json")]
        signed = ["cosign", "verify-blob", *trust, *root, str(self.blob(self.bundle))]
        return [signed, *(self.cosign(evidence) for evidence in _SIGNERS)]

    def conftest_all(self, work: Path) -> list[list[str]]:
        """Return conftest's commands: each policy in Rego on its document, written to ``work``."""
        manifest = json.loads(self.blob(self.bundle).read_bytes())
        packed = self.blob(manifest["layers"][0]["digest"].removeprefix("sha256:"))
        with tarfile.open(packed) as archive:
            archive.extractall(work, filter="data")
        lines = []
        for evidence, policy in _REGO.items():
            document = _statement(self._evidence(evidence))
            if evidence == "scan":
                document = document["predicate"]
            path = work / f"{evidence}.json"
            path.write_text(json.dumps({**document, "args": _ARGUMENTS}))
            package = policy.replace("-", "_")
            found = "findings" if evidence == "scan" else "violations"
            rule = (
                f"package {package}\n\nviolation contains {{'msg': said}} if some said in {found}"
            )
            (work / policy / "conftest.rego").write_text(rule.replace("'", '"') + "\n")
            lines.append(["conftest", "test", "-p", str(work / policy), "-n", package, str(path)])
        return lines

    @property
    def _subject(self) -> Path:
        return self.folder / "dist" / "app.tar.gz"

    def _evidence(self, name: str) -> Path:
        return self.folder / "evidence" / f"{name}.sigstore.json"

    def _trust(self, evidence: str) -> list[str]:
        """Return the options that say which bundle and who may have signed it, alike in both."""
        return [
            *("--bundle", str(self._evidence(evidence))),
            *("--trusted-root", str(self.folder / "trust" / "root.json")),
            *("--certificate-oidc-issuer", _ISSUER),
            *("--certificate-identity", f"{_WORKFLOWS}{_SIGNERS[evidence]}@refs/heads/main"),
        ]

    def _signature(self) -> str:
        """Return the digest of the Sigstore bundle that is attached to the policy bundle."""
        index = json.loads((self.folder / "policies" / "index.json").read_bytes())
        attached = next(e for e in index["manifests"] if not e["digest"].endswith(self.bundle))
        manifest = json.loads(self.blob(attached["digest"].removeprefix("sha256:")).read_bytes())
        return str(manifest["layers"][0]["digest"].removeprefix("sha256:"))


def _statement(bundle: Path) -> dict[str, Any]:
    payload = json.loads(bundle.read_bytes())["dsseEnvelope"]["payload"]
    statement: dict[str, Any] = json.loads(base64.b64decode(payload))
    return statement
