"""The Python interface: what the commands do, as functions."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import attest
from attest import api
from attest.errors import UsageError, VerificationError
from attest.model.digest import Digest
from attest.model.limits import Limits
from attest.model.trust import CertificateSigner, KeySigner, Match, Trust
from attest.model.verdict import Outcome
from fixtures import make
from fixtures.making.world import APP, CI, ISSUER, OTHER_APP, box
from tests.gate import CLEAN, Gate

PASSED = b"package p\n\nallow if input.runs\n"


def test_load_and_run(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    gate.evidence(CLEAN)
    gate.require()
    plan = api.load_plan(str(gate.write()), jobs=1)
    assert (datetime.now(UTC) - plan.at).total_seconds() < 60
    report = api.run(plan)
    assert (report.verdict, report.exit_code) == ("passed", 0)


def test_overrides_are_those_of_the_command() -> None:
    path = str(make.ROOT / "scan-missing" / "attest.yaml")
    assert api.load_plan(path, offline=True).offline
    assert api.load_plan(path, now=datetime(2030, 1, 1, tzinfo=UTC)).at.year == 2030
    with pytest.raises(UsageError) as caught:
        api.load_plan(path, at=datetime(2030, 1, 1, tzinfo=UTC))
    assert caught.value.code == "AT_NOT_ALLOWED"


def _trust() -> Trust:
    signer = CertificateSigner("ci", "box", Match(CI), Match(ISSUER))
    key = KeySigner("key", box.key_pair("release").public_pem)
    return Trust({"box": box.trusted_root()}, {"ci": signer, "key": key})


def test_verify_bundle() -> None:
    bundle = box.sign_blob(APP, identity=CI, issuer=ISSUER)
    for subject in (APP, Digest.of(APP)):
        verified = api.verify_bundle(bundle, subject, _trust())
        assert [signer.name for signer in verified.signers] == ["ci"]
    for other in (OTHER_APP, Digest.of(OTHER_APP), b""):
        with pytest.raises(VerificationError) as caught:
            api.verify_bundle(bundle, other, _trust())
        assert caught.value.exit_code == 4
        assert caught.value.hint


def test_verify_bundle_at_a_time() -> None:
    bundle = box.sign_blob(APP, identity=CI, issuer=ISSUER)
    assert api.verify_bundle(bundle, APP, _trust(), at=box.now).signed == Digest.of(APP)
    with pytest.raises(VerificationError) as caught:
        api.verify_bundle(bundle, APP, _trust(), at=datetime(2020, 1, 1, tzinfo=UTC))
    assert caught.value.code == "TIME_IN_FUTURE"


def test_verify_bundle_without_a_signer() -> None:
    with pytest.raises(VerificationError) as caught:
        api.verify_bundle(CLEAN, APP, Trust({}, {}))
    assert caught.value.code == "NO_SIGNER"


@pytest.mark.parametrize(
    ("policy", "material", "outcome"),
    [
        (PASSED, b'{"runs": []}', Outcome.PASSED),
        (b'package p\n\ndeny contains "no"\n', b"{}", Outcome.FAILED),
        (PASSED, b"{}", Outcome.ERROR),
        (PASSED, b"not JSON", Outcome.ERROR),
        (b"not Rego", b"{}", Outcome.ERROR),
        (b"\0asm\1\0\0\0", b"{}", Outcome.ERROR),
    ],
)
def test_evaluate(policy: bytes, material: bytes, outcome: Outcome) -> None:
    decision = api.evaluate(policy, material)
    assert decision.outcome is outcome
    assert (decision.problem is not None) == (outcome is Outcome.ERROR)


def test_evaluate_passes_everything_on() -> None:
    text = (
        b"package p\n\nallow if {\n\tinput.args.name == data.expected\n"
        b'\ttime.now_ns() == time.parse_rfc3339_ns("2030-01-01T00:00:00Z")\n}\n\nother := false\n'
    )
    settings: dict[str, Any] = {
        "arguments": {"name": "x"},
        "data": {"data.json": b'{"expected": "x"}'},
        "at": datetime(2030, 1, 1, tzinfo=UTC),
    }
    assert api.evaluate(text, b"{}", **settings).outcome is Outcome.PASSED
    assert api.evaluate(text, b"{}", **settings, entrypoint="p/other").outcome is Outcome.FAILED
    refused = api.evaluate(text, b"{}", **settings, engine="extism")
    assert refused.problem is not None
    assert refused.problem.code == "ENGINE_MISMATCH"
    limited = api.evaluate(text, b"{}", **settings, limits=Limits(fuel=1))
    assert limited.problem is not None
    assert limited.problem.code == "OUT_OF_FUEL"
    checked = api.evaluate(PASSED, b'{"runs": []}', cross_check=True)
    assert checked.cross_check is not None
    assert checked.cross_check.agrees


def test_the_package_offers_them() -> None:
    names = ("load_plan", "run", "verify_bundle", "evaluate")
    assert [getattr(attest, name) for name in names] == [getattr(api, name) for name in names]


def test_importing_the_package_is_cheap() -> None:
    script = "import attest, sys; print(len(sys.modules), 'cryptography' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert ran.stdout.split()[1] == b"False"
