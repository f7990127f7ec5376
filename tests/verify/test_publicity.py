"""Times and log entries by the word of a trust root: none is left out, none counts twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from attest.errors import VerificationError
from attest.model.digest import Digest
from attest.model.trust import LogEntry, ProvenTime, Require
from attest.signing.signature import PublicKey, public_der
from attest.testing import (
    BundleKnobs,
    LogKnobs,
    RootKnobs,
    TimestampKnobs,
    Window,
    edit,
    read,
    remove,
)
from attest.verify.publicity import Publicity
from tests.verify.setting import (
    AT,
    BLOB,
    BOX,
    CI,
    NOW,
    OTHER_BOX,
    SECOND,
    STATEMENT,
    file,
    key_signer,
    refused,
    verify,
)

DAY = timedelta(days=1)
PAST, FUTURE = Window(NOW - 9 * DAY, NOW - DAY), Window(NOW + DAY, NOW + 9 * DAY)
V01 = "application/vnd.dev.sigstore.bundle+json;version=0.1"
V02 = "application/vnd.dev.sigstore.bundle+json;version=0.2"
ENTRY = "/verificationMaterial/tlogEntries/0"
STAMPS = "/verificationMaterial/timestampVerificationData/rfc3161Timestamps"


def _sign(
    log: LogKnobs | None = None,
    *,
    tlog: bool = True,
    timestamp: bool = True,
    media_type: str = "",
    stamp: TimestampKnobs | None = None,
) -> bytes:
    knobs = BundleKnobs(log=log or LogKnobs(), timestamp=stamp or TimestampKnobs())
    if media_type:
        knobs = replace(knobs, media_type=media_type)
    return BOX.sign_statement(STATEMENT, tlog=tlog, timestamp=timestamp, knobs=knobs)


def test_log_and_authority_both_prove_the_time() -> None:
    verified = verify(_sign())
    assert [(time.source, time.time, time.authority) for time in verified.times] == [
        ("tlog", NOW, "rekor.attest.test"),
        ("tsa", NOW, "tsa.attest.test"),
    ]
    entry = verified.log_entries[0]
    assert (entry.log, entry.kind, entry.integrated_at) == ("rekor.attest.test", "dsse 0.0.1", NOW)


def test_a_v2_log_proves_no_time() -> None:
    verified = verify(_sign(LogKnobs(version=2)))
    assert [time.source for time in verified.times] == ["tsa"]
    assert verified.log_entries[0].integrated_at is None
    assert refused(_sign(LogKnobs(version=2), timestamp=False)).code == "TIMESTAMP_MISSING"


def test_the_time_of_a_log_counts_only_under_its_promise() -> None:
    bundle = _sign(LogKnobs(promise=False), timestamp=False)
    assert read(bundle, ENTRY + "/integratedTime")
    assert refused(bundle).code == "TIMESTAMP_MISSING"


def test_what_is_required_and_missing() -> None:
    assert refused(_sign(tlog=False)).code == "TLOG_MISSING"
    assert refused(_sign(tlog=False, timestamp=False)).code == "TLOG_MISSING"
    no_log = replace(CI, require=Require(tlog=0, sct=1, timestamp=1))
    assert refused(_sign(tlog=False, timestamp=False), no_log).code == "TIMESTAMP_MISSING"
    assert verify(_sign(tlog=False), no_log).times[0].source == "tsa"


@pytest.mark.parametrize("version", [1, 2])
def test_the_index_shown_is_one_that_something_vouches_for(version: int) -> None:
    """The promise covers the entry's own index, the proof its own; the other could be anything."""
    bundle = _sign(LogKnobs(version=version, promise=False))
    proven = int(read(bundle, ENTRY + "/inclusionProof/logIndex"))
    moved = edit(bundle, ENTRY + "/logIndex", "77")
    assert verify(moved).log_entries[0].index == proven
    promised = _sign(LogKnobs(version=1))
    assert verify(promised).log_entries[0].index == int(read(promised, ENTRY + "/logIndex"))
    assert refused(edit(promised, ENTRY + "/logIndex", "77")).code == "SET_INVALID"


def test_every_witness_is_in_the_ladder() -> None:
    steps = verify(_sign()).steps
    asked = ("log entry", "inclusion proof", "checkpoint", "signed entry timestamp", "timestamp")
    seen = {step.check: step.seen for step in steps if step.check in asked}
    assert tuple(seen) == asked
    assert seen["log entry"].startswith("dsse 0.0.1, ")
    assert seen["timestamp"] == "2026-01-02T03:04:05Z by tsa.attest.test"


@pytest.mark.parametrize(
    "witness", [BOX.log.key.public_key(), BOX.timestamp_authority.key.public_key()]
)
def test_a_witness_that_is_revoked(witness: PublicKey) -> None:
    assert refused(_sign(), revoked=[Digest.of(public_der(witness))]).code == "REVOKED"


def test_without_a_root_nothing_is_proven_and_everything_must_hang_together() -> None:
    pair = BOX.key_pair("release")
    bundle = BOX.sign_statement(STATEMENT, key=pair)
    verified = verify(bundle, key_signer(pair))
    assert (verified.times, verified.log_entries) == ((), ())
    unproven = [step.check for step in verified.steps if "names no trust root" in step.seen]
    assert unproven == ["log entry", "timestamp"]
    lie = edit(bundle, ENTRY + "/inclusionProof/rootHash", "A" * 43 + "=")
    assert refused(lie, key_signer(pair)).code == "INCLUSION_PROOF"
    assert verify(remove(bundle, ENTRY + "/inclusionProof"), key_signer(pair)).payload == STATEMENT
    bare = BOX.sign_statement(STATEMENT, key=pair, timestamp=False)
    assert "timestamp" not in [step.check for step in verify(bare, key_signer(pair)).steps]


def test_why_a_timestamp_counts_for_nothing_is_told() -> None:
    stranger = TimestampKnobs(authority=OTHER_BOX.timestamp_authority)
    said = refused(_sign(LogKnobs(version=2), stamp=stranger)).message
    assert "seen: 0; a timestamp counts for nothing: tsa.attest.test: " in said
    nothing = refused(_sign(LogKnobs(version=2), timestamp=False)).message
    assert nothing.endswith("authority(s) must prove the time; seen: 0")


def test_a_silent_log_is_trusted_at_every_time_that_is_proven() -> None:
    """What one log promises and what an authority stamps both count for the other log's window."""
    stamp = BundleKnobs(log=LogKnobs(at=NOW + 60 * SECOND))
    bundle = BOX.sign_blob(BLOB, knobs=stamp)
    silent = read(BOX.sign_blob(BLOB, knobs=BundleKnobs(log=LogKnobs(version=2))), ENTRY)
    both = edit(bundle, "/verificationMaterial/tlogEntries", [read(bundle, ENTRY), silent])
    window = {"start": "2025-01-01T00:00:00Z", "end": "2026-01-02T03:04:35Z"}
    root = edit(BOX.trusted_root(), "/tlogs/1/publicKey/validFor", window)
    assert verify(both, messages=[file(BLOB)]).log_entries
    refusal = refused(both, messages=[file(BLOB)], root=root)
    assert refusal.code == "LOG_WINDOW"
    assert "log log2.attest.test is trusted" in refusal.message


def test_one_voice_counts_once() -> None:
    assert verify(_sign(), replace(CI, require=Require(1, 1, 2))).times
    assert refused(_sign(), replace(CI, require=Require(2, 1, 1))).code == "TLOG_MISSING"
    assert refused(_sign(), replace(CI, require=Require(1, 1, 3))).code == "TIMESTAMP_MISSING"
    twice = _two_stamps(TimestampKnobs(embed=False))
    assert len(verify(twice).times) == 2
    assert refused(twice, replace(CI, require=Require(1, 1, 3))).code == "TIMESTAMP_MISSING"
    entry = LogEntry("log.test", 1, "dsse 0.0.1", None)
    twice_logged = Publicity((), (entry, replace(entry, index=2)), ())
    with pytest.raises(VerificationError, match="seen: 1"):
        twice_logged.check(Require(tlog=2, sct=0, timestamp=0))


def _two_stamps(second: TimestampKnobs) -> bytes:
    stamps = [read(_sign(), STAMPS + "/0"), read(_sign(stamp=second), STAMPS + "/0")]
    return edit(_sign(), STAMPS, stamps)


def test_a_strangers_timestamp_is_listed_and_counts_for_nothing() -> None:
    stranger = TimestampKnobs(authority=OTHER_BOX.timestamp_authority)
    verified = verify(_two_stamps(stranger))
    assert [time.source for time in verified.times] == ["tlog", "tsa"]
    assert any(step.check == "timestamp" and "none:" in step.seen for step in verified.steps)
    alone = _sign(LogKnobs(version=2), stamp=stranger)
    assert refused(alone).code == "TIMESTAMP_INVALID"


def test_a_lying_timestamp_is_refused_beside_a_good_one() -> None:
    lie = TimestampKnobs(message=b"something else")
    assert refused(_two_stamps(lie)).code == "TIMESTAMP_INVALID"


@pytest.mark.parametrize("window", [PAST, FUTURE])
@pytest.mark.parametrize("version", [1, 2])
def test_the_window_of_the_log(window: Window, version: int) -> None:
    root = BOX.trusted_root(RootKnobs(log=window))
    assert refused(_sign(LogKnobs(version=version)), root=root).code == "LOG_WINDOW"


@pytest.mark.parametrize("window", [Window(NOW - DAY, NOW), Window(NOW, NOW + DAY)])
@pytest.mark.parametrize("version", [1, 2])
def test_both_ends_belong_to_the_window(window: Window, version: int) -> None:
    root = BOX.trusted_root(RootKnobs(log=window))
    assert verify(_sign(LogKnobs(version=version)), root=root).log_entries


def test_the_window_of_a_v2_log_without_a_proven_time_is_compared_with_the_clock() -> None:
    lenient = replace(CI, require=Require(tlog=1, sct=1, timestamp=0))
    bundle = _sign(LogKnobs(version=2), timestamp=False)
    closing = BOX.trusted_root(RootKnobs(log=Window(NOW - DAY, NOW + SECOND)))
    assert verify(bundle, lenient, root=closing, at=NOW + SECOND).log_entries
    assert refused(bundle, lenient, root=closing, at=NOW + 2 * SECOND).code == "LOG_WINDOW"


def test_an_unknown_log() -> None:
    foreign = _sign(LogKnobs(log=OTHER_BOX.log))
    assert refused(foreign).code == "TLOG_UNKNOWN"
    relaxed = replace(CI, require=Require(tlog=0, sct=1, timestamp=1))
    assert refused(foreign, relaxed).code == "TLOG_UNKNOWN"
    without = BOX.trusted_root(RootKnobs(omit=frozenset({"tlogs"})))
    assert refused(_sign(), root=without).code == "TLOG_UNKNOWN"


@pytest.mark.parametrize("relaxed", [False, True])
def test_entries_are_checked_though_none_is_required(*, relaxed: bool) -> None:
    signer = replace(CI, require=Require(tlog=0, sct=1, timestamp=1)) if relaxed else CI
    wrong = LogKnobs(edit_body=lambda body: body["spec"].update(signatures=[]))
    assert refused(_sign(wrong), signer).code == "TLOG_BINDING"
    assert refused(_sign(LogKnobs(origin="other.test")), signer).code == "CHECKPOINT"
    forged = edit(_sign(), ENTRY + "/integratedTime", str(int(NOW.timestamp()) + 1))
    assert refused(forged, signer).code == "SET_INVALID"


def test_an_entry_without_proof() -> None:
    assert refused(_sign(LogKnobs(proof=False))).code == "INCLUSION_PROOF"
    assert refused(_sign(LogKnobs(version=2, proof=False))).code == "INCLUSION_PROOF"
    assert refused(_sign(LogKnobs(proof=False), media_type=V02)).code == "INCLUSION_PROOF"
    no_checkpoint = remove(_sign(), ENTRY + "/inclusionProof/checkpoint")
    assert refused(no_checkpoint).code == "INCLUSION_PROOF"
    wrong_root = edit(_sign(), ENTRY + "/inclusionProof/rootHash", "A" * 43 + "=")
    assert refused(wrong_root).code == "INCLUSION_PROOF"


def test_a_v01_bundle_may_have_a_promise_alone() -> None:
    promise = _sign(LogKnobs(proof=False), media_type=V01)
    assert verify(promise).times[0].source == "tlog"
    assert verify(remove(_sign(media_type=V01), ENTRY + "/inclusionProof/checkpoint")).log_entries
    neither = _sign(LogKnobs(proof=False, promise=False), media_type=V01)
    assert refused(neither).code == "INCLUSION_PROOF"


@pytest.mark.parametrize(
    ("log", "stamp"),
    [
        (LogKnobs(at=AT + SECOND), TimestampKnobs()),
        (LogKnobs(), TimestampKnobs(at=AT + SECOND)),
    ],
)
def test_a_time_in_the_future(log: LogKnobs, stamp: TimestampKnobs) -> None:
    assert refused(_sign(log, stamp=stamp)).code == "TIME_IN_FUTURE"


def test_the_very_moment_is_not_the_future() -> None:
    assert verify(_sign(), at=NOW).times
    assert refused(_sign(), at=NOW - SECOND).code == "TIME_IN_FUTURE"


@pytest.mark.parametrize("wrong", [NOW - SECOND, NOW + timedelta(minutes=11)])
def test_every_proven_time_is_compared_with_the_certificate(wrong: datetime) -> None:
    late_log = _sign(LogKnobs(at=wrong))
    late_stamp = _sign(stamp=TimestampKnobs(at=wrong))
    assert refused(late_log).code == "CERTIFICATE_EXPIRED"
    assert refused(late_stamp).code == "CERTIFICATE_EXPIRED"


def test_moments() -> None:
    proven = ProvenTime("tsa", NOW, "a")
    twice = Publicity((proven, replace(proven, authority="b")), (), ())
    assert twice.moments(AT) == (NOW,)
    assert Publicity((), (), ()).moments(AT) == (AT,)
