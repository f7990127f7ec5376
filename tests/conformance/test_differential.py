"""Second opinions on the corpus and on the public cases: each disagreement has its clause.

`disagreements.json` lists every case that another verifier decides otherwise, by the clause of the
specification that decides it. A case that is missing there fails, and so does one too many.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sigstore.models import Bundle, TrustedRoot
from sigstore.verify import Verifier
from sigstore.verify.policy import Identity

from tests.conformance.corpus import VERIFIED, Case, cases
from tests.conformance.others import COSIGN, by_cosign, by_sigstore, listed, table
from tests.conformance.test_sigstore import CASES, VECTORS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the other verifiers find their files."""
    return tmp_path_factory.mktemp("others")


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_sigstore(case: Case, folder: Path) -> None:
    theirs = by_sigstore(case, folder)
    if theirs is None:
        pytest.skip("sigstore-python verifies no managed keys")
    agrees = theirs == (case.code == VERIFIED)
    assert agrees == (case.name not in listed("sigstore")), theirs


@pytest.mark.skipif(
    COSIGN is None,
    reason="cosign is not on PATH: go install github.com/sigstore/cosign/v3/cmd/cosign@latest",
)
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_cosign(case: Case, tmp_path: Path) -> None:
    theirs = by_cosign(case, tmp_path)
    agrees = theirs == (case.code == VERIFIED)
    assert agrees == (case.name not in listed("cosign")), theirs


@pytest.mark.parametrize("name", [case["id"] for case in CASES if "key" not in case])
def test_sigstore_on_the_public_cases(name: str) -> None:
    case = next(case for case in CASES if case["id"] == name)
    try:
        root = TrustedRoot.from_file(str(VECTORS / case["trusted_root"]))
        bundle = Bundle.from_json((VECTORS / case["bundle"]).read_bytes())
        who = Identity(identity=case["identity"], issuer=case["issuer"])
        if bundle._dsse_envelope is None:  # noqa: SLF001  # nothing public tells the two apart
            artifact = (VECTORS / case["artifact"]).read_bytes()
            Verifier(trusted_root=root).verify_artifact(artifact, bundle, who)
        else:
            payload = Verifier(trusted_root=root).verify_dsse(bundle, who)[1]
            subjects = json.loads(payload)["subject"]
            assert case["sha256"] in [one["digest"].get("sha256") for one in subjects]
        theirs = "pass"
    except Exception:  # noqa: BLE001  # it leaks errors of many types
        theirs = "fail"
    agrees = theirs == case["expect"]
    assert agrees == (name not in listed("sigstore, public cases")), theirs


@pytest.mark.parametrize("name", ["sigstore", "cosign"])
def test_the_list_names_cases_that_are_there(name: str) -> None:
    assert set(listed(name)) <= {case.name for case in cases()}


def test_every_disagreement_has_a_clause() -> None:
    for name in ("sigstore", "cosign", "sigstore, public cases"):
        assert all(len(clause) > 40 for clause in listed(name).values())


@pytest.mark.parametrize("name", ["sigstore", "cosign"])
def test_the_page_is_current(name: str) -> None:
    """`docs/conformance.md` holds both tables as `others.table` writes them."""
    page = (Path(__file__).resolve().parents[2] / "docs/conformance.md").read_text("utf-8")
    assert table(name) in page
    assert f"**{len(cases())} cases**" in page
