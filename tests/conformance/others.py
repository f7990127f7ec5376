"""The other verifiers of the differential tests: sigstore-python and cosign.

Each is asked about a `Case` and answers whether it accepts; `None` says that it was not asked,
because it does not do what the case is about.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from sigstore.models import Bundle, TrustedRoot
from sigstore.verify import Verifier
from sigstore.verify.policy import Identity

from attest.testing import IDENTITY, ISSUER
from tests.conformance.corpus import Case
from tests.conformance.corpus.case import PREDICATE
from tests.verify.setting import BLOB

COSIGN = shutil.which("cosign")


def by_sigstore(case: Case, folder: Path) -> bool | None:
    """Ask sigstore-python, which knows no managed keys and no subjects of statements."""
    if case.key is not None:
        return None
    policy = Identity(identity=IDENTITY, issuer=ISSUER)
    try:
        verifier = _verifier(case.root, folder)
        bundle = Bundle.from_json(case.bundle)
        if case.blob:
            verifier.verify_artifact(BLOB, bundle, policy)
        else:
            verifier.verify_dsse(bundle, policy)
    except Exception:  # noqa: BLE001  # it leaks errors of many types
        return False
    return True


@cache
def _verifier(root: bytes, folder: Path) -> Verifier:
    path = folder / f"root-{len(list(folder.iterdir()))}.json"
    path.write_bytes(root)
    return Verifier(trusted_root=TrustedRoot.from_file(str(path)))


def by_cosign(case: Case, folder: Path) -> bool:
    """Ask cosign, which has to be told the predicate type and whether the log may be missing."""
    who: tuple[str, ...] = (
        *("--certificate-identity", IDENTITY),
        *("--certificate-oidc-issuer", ISSUER),
    )
    (folder / "blob").write_bytes(BLOB)
    (folder / "bundle.json").write_bytes(case.bundle)
    (folder / "root.json").write_bytes(case.root)
    if case.key is not None:
        (folder / "key.pub").write_bytes(case.key.public_pem)
        who = ("--key", "key.pub", "--insecure-ignore-tlog=true")
    command = "verify-blob" if case.blob else "verify-blob-attestation"
    kind = () if case.blob else ("--type", PREDICATE)
    files = ("--bundle", "bundle.json", "--trusted-root", "root.json")
    ran = subprocess.run(
        [str(COSIGN), command, *files, *kind, *who, "blob"],
        cwd=folder,
        env={"PATH": os.defpath, "HOME": str(folder)},
        capture_output=True,
        check=False,
        timeout=60,
    )
    return ran.returncode == 0


def listed(name: str) -> dict[str, str]:
    """Return the cases that a verifier decides otherwise, each with the clause that decides."""
    path = Path(__file__).with_name("disagreements.json")
    clauses: dict[str, list[str]] = json.loads(path.read_bytes())[name]
    return {case: clause for clause, cases in clauses.items() for case in cases}


def table(name: str) -> str:
    """Return, for docs/conformance.md, how many cases each clause decides against a verifier."""
    by_clause: dict[str, int] = {}
    for clause in listed(name).values():
        by_clause[clause] = by_clause.get(clause, 0) + 1
    rows = [f"| {count} | {clause} |" for clause, count in by_clause.items()]
    return "\n".join([f"| {name} | the clause |", "|---|---|", *rows])
