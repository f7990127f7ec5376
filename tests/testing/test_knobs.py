"""Each knob makes a bundle that is refused for the reason the knob stands for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from attest.errors import VerificationError
from attest.model.trust import Require
from attest.testing import (
    BundleKnobs,
    CertificateKnobs,
    LogKnobs,
    PrivateSigstore,
    RootKnobs,
    TimestampKnobs,
    Window,
    edit,
    read,
    statement,
)
from tests.testing.checks import NOW, verified

STATEMENT = statement({"app": b"x"}, "https://example.org/predicate/v1", {})
STRANGER = PrivateSigstore(NOW, seed="stranger")
HOUR = timedelta(hours=1)


def other_hash(body: dict[str, Any]) -> None:
    body["spec"]["payloadHash"]["value"] = "0" * 64


def names(*texts: str) -> tuple[x509.GeneralName, ...]:
    return tuple(x509.UniformResourceIdentifier(text) for text in texts)


def certificate(**changes: Any) -> BundleKnobs:
    return BundleKnobs(certificate=CertificateKnobs(**changes))


def log(**changes: Any) -> BundleKnobs:
    return BundleKnobs(log=LogKnobs(**changes))


def timestamp(**changes: Any) -> BundleKnobs:
    """A Rekor v2 entry has no time of its own, so that everything hangs on the timestamp."""
    return BundleKnobs(log=LogKnobs(version=2), timestamp=TimestampKnobs(**changes))


CASES = {
    "foreign CA": (certificate(authority=STRANGER.authority), "CERTIFICATE_CHAIN"),
    "foreign CT log": (certificate(ct_log=STRANGER.ct_log), "SCT_INVALID"),
    "no SCT": (certificate(scts=0), "SCT_MISSING"),
    "SCT before the CT log": (certificate(sct_at=NOW - timedelta(days=400)), "SCT_INVALID"),
    "two names": (
        certificate(names=names("https://a.test", "https://b.test")),
        "CERTIFICATE_MALFORMED",
    ),
    "other usage": (certificate(usages=(ExtendedKeyUsageOID.SERVER_AUTH,)), "CERTIFICATE_USAGE"),
    "no usage": (certificate(usages=()), "CERTIFICATE_USAGE"),
    "key may not sign": (certificate(signs=False), "CERTIFICATE_USAGE"),
    "no issuer": (certificate(issuer_v1=False, issuer_v2=False), "ISSUER_MISMATCH"),
    "foreign log": (log(log=STRANGER.log), "TLOG_UNKNOWN"),
    "foreign log v2": (log(version=2, log=STRANGER.log_v2), "TLOG_UNKNOWN"),
    "logged something else": (log(edit_body=other_hash), "TLOG_BINDING"),
    "logged too late": (log(at=NOW + HOUR), "CERTIFICATE_EXPIRED"),
    "origin of another log": (log(origin="other.test - 7"), "CHECKPOINT"),
    "checkpoint of another size": (log(tree_size=25), "CHECKPOINT"),
    "foreign timestamp": (timestamp(authority=STRANGER.timestamp_authority), "TIMESTAMP_INVALID"),
    "timestamp too early": (timestamp(at=NOW - HOUR), "CERTIFICATE_EXPIRED"),
    "timestamp over other bytes": (timestamp(message=b"other"), "TIMESTAMP_INVALID"),
    "same timestamp twice": (timestamp(copies=2), "BUNDLE_MALFORMED"),
}


@pytest.mark.parametrize(("knobs", "code"), CASES.values(), ids=CASES)
def test_knob_is_refused(box: PrivateSigstore, knobs: BundleKnobs, code: str) -> None:
    with pytest.raises(VerificationError) as refused:
        verified(box, box.sign_statement(STATEMENT, knobs=knobs))
    assert refused.value.code == code


@pytest.mark.parametrize(
    "knobs",
    [
        timestamp(embed=False),
        certificate(issuer_v1=False),
        certificate(issuer_v2=False),
        log(proof=False, version=1),
    ],
    ids=["bare token", "issuer v2 only", "issuer v1 only", "promise only"],
)
def test_unusual_but_good(box: PrivateSigstore, knobs: BundleKnobs) -> None:
    if not knobs.log.proof:
        knobs = BundleKnobs(
            media_type="application/vnd.dev.sigstore.bundle+json;version=0.1", log=knobs.log
        )
    assert verified(box, box.sign_statement(STATEMENT, knobs=knobs)).payload == STATEMENT


EARLIER, LATER = Window(NOW - HOUR * 9, NOW - HOUR), Window(NOW + HOUR)
WINDOWS: dict[str, tuple[RootKnobs, str]] = {
    "CA ended": (RootKnobs(certificate_authority=EARLIER), "CA_WINDOW"),
    "CA starts later": (RootKnobs(certificate_authority=LATER), "CA_WINDOW"),
    "log ended": (RootKnobs(log=EARLIER), "LOG_WINDOW"),
    "log starts later": (RootKnobs(log=LATER), "LOG_WINDOW"),
    "CT log ended": (RootKnobs(ct_log=EARLIER), "SCT_INVALID"),
    "no logs": (RootKnobs(omit=frozenset({"tlogs"})), "TLOG_UNKNOWN"),
    "no CT logs": (RootKnobs(omit=frozenset({"ctlogs"})), "SCT_INVALID"),
    "no CA": (RootKnobs(omit=frozenset({"certificateAuthorities"})), "CERTIFICATE_CHAIN"),
}


@pytest.mark.parametrize(("knobs", "code"), WINDOWS.values(), ids=WINDOWS)
def test_root_knob_is_refused(box: PrivateSigstore, knobs: RootKnobs, code: str) -> None:
    with pytest.raises(VerificationError) as refused:
        verified(box, box.sign_statement(STATEMENT), root=box.trusted_root(knobs))
    assert refused.value.code == code


@pytest.mark.parametrize(
    "knobs",
    [
        RootKnobs(timestamp_authority=EARLIER),
        RootKnobs(timestamp_authority=LATER),
        RootKnobs(omit=frozenset({"timestampAuthorities"})),
    ],
    ids=["ended", "starts later", "absent"],
)
def test_timestamp_authority_knob_is_refused(box: PrivateSigstore, knobs: RootKnobs) -> None:
    bundle = box.sign_statement(STATEMENT, knobs=log(version=2))
    with pytest.raises(VerificationError) as refused:
        verified(box, bundle, root=box.trusted_root(knobs))
    assert refused.value.code == "TIMESTAMP_INVALID"


def test_windows_are_closed(box: PrivateSigstore) -> None:
    here = Window(NOW, NOW)
    root = box.trusted_root(
        RootKnobs(certificate_authority=here, log=here, ct_log=here, timestamp_authority=here)
    )
    assert verified(box, box.sign_statement(STATEMENT), root=root).payload == STATEMENT


def test_entry_of_another_bundle_is_refused(box: PrivateSigstore) -> None:
    place = "/verificationMaterial/tlogEntries"
    other = box.sign_statement(b'{"other":1}')
    swapped = edit(box.sign_statement(STATEMENT), place, read(other, place))
    with pytest.raises(VerificationError) as refused:
        verified(box, swapped)
    assert refused.value.code == "TLOG_BINDING"


def test_certificate_of_another_time_is_refused(box: PrivateSigstore) -> None:
    credential = box.certificate(at=NOW - HOUR)
    with pytest.raises(VerificationError) as refused:
        verified(box, box.sign_statement(STATEMENT, key=credential))
    assert refused.value.code == "CERTIFICATE_EXPIRED"


@pytest.mark.parametrize(
    ("tlog", "stamp", "code"),
    [(False, True, "TLOG_MISSING"), (False, False, "TLOG_MISSING")],
)
def test_missing_witness_is_refused(
    box: PrivateSigstore, code: str, *, tlog: bool, stamp: bool
) -> None:
    with pytest.raises(VerificationError) as refused:
        verified(box, box.sign_statement(STATEMENT, tlog=tlog, timestamp=stamp))
    assert refused.value.code == code


def test_v2_without_timestamp_has_no_time(box: PrivateSigstore) -> None:
    bundle = box.sign_statement(STATEMENT, timestamp=False, knobs=log(version=2))
    with pytest.raises(VerificationError) as refused:
        verified(box, bundle, require=Require(tlog=1, sct=1, timestamp=1))
    assert refused.value.code == "TIMESTAMP_MISSING"


@pytest.mark.parametrize(
    "make",
    [
        lambda box: box.trusted_root(RootKnobs(omit=frozenset({"tlog"}))),
        lambda box: box.sign_blob(b"", knobs=log(version=3)),
    ],
    ids=["omit", "version"],
)
def test_misspelt_knob_is_an_error(
    box: PrivateSigstore, make: Callable[[PrivateSigstore], bytes]
) -> None:
    with pytest.raises((ValueError, KeyError)):
        make(box)


def test_signing_time_moves_every_time(box: PrivateSigstore) -> None:
    at: datetime = NOW - timedelta(days=30)
    proven = verified(box, box.sign_statement(STATEMENT, at=at))
    assert {each.time for each in proven.times} == {at}
    assert proven.not_before == at
