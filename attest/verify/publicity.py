"""When a signature was made, and where it is on record, by the word of one trust root."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from attest.errors import VerificationError
from attest.model.trust import LogEntry, ProvenTime, Require, Step
from attest.verify.bundle import Bundle, Entry, Proof
from attest.verify.entry import Claim, check_entry
from attest.verify.root import Log, TrustRoot
from attest.verify.tlog import check_checkpoint, check_inclusion, check_promise
from attest.verify.window import rfc3339

Refuse = Callable[..., None]


class Publicity(NamedTuple):
    """Every proven time and log entry; ``unproven`` says why other timestamps count for nothing."""

    times: tuple[ProvenTime, ...]
    entries: tuple[LogEntry, ...]
    steps: tuple[Step, ...]
    unproven: str = ""

    def moments(self, at: datetime) -> tuple[datetime, ...]:
        """The times that every window is compared with: all proven ones, or ``at`` if none is."""
        return tuple(dict.fromkeys(time.time for time in self.times)) or (at,)

    def check(self, require: Require) -> None:
        """Raise TLOG_MISSING, TIMESTAMP_MISSING or TIMESTAMP_INVALID for too little proof.

        Logs and authorities are counted, not entries and tokens: one voice counts once.
        """
        logs = len({entry.log for entry in self.entries})
        if logs < require.tlog:
            raise VerificationError(
                "TLOG_MISSING",
                f"{require.tlog} log(s) must have the signature on record; seen: {logs}",
            )
        voices = len({(time.source, time.authority) for time in self.times})
        if voices < require.timestamp:
            raise VerificationError(
                "TIMESTAMP_INVALID" if self.unproven else "TIMESTAMP_MISSING",
                f"{require.timestamp} authority(s) must prove the time; seen: {voices}"
                + (f"; a timestamp counts for nothing: {self.unproven}" if self.unproven else ""),
            )


def prove_publicity(
    bundle: Bundle, claim: Claim, root: TrustRoot | None, at: datetime, refuse: Refuse
) -> Publicity:
    """Check every log entry and timestamp of ``bundle``; none is left out.

    Without a ``root`` nothing can be proven; entries must still be about ``claim`` and consistent
    in themselves. ``refuse`` is called with each authority that is relied upon.
    """
    if root is None:
        return _unproven(bundle, claim)
    steps: list[Step] = []
    entries, integrated, silent = [], [], []
    for entry in bundle.entries:
        log = root.logs.get(entry.log_id)
        if log is None:
            raise _unknown_log(entry, root)
        refuse(f"log {log.origin}", *log.key.digests)
        kind, time = _prove_entry(entry, claim, log, bundle.version, steps)
        entries.append(LogEntry(log.origin, _index(entry), kind, time))
        if time is None:
            silent.append(log)
        else:
            integrated.append(ProvenTime("tlog", time, log.origin))
    stamped, unproven = _prove_timestamps(bundle, root, refuse, steps)
    found = Publicity((*integrated, *stamped), tuple(entries), tuple(steps), unproven)
    for proven in found.times:
        if proven.time > at:
            raise VerificationError(
                "TIME_IN_FUTURE",
                f"{proven.authority} proves {rfc3339(proven.time)}; it is {rfc3339(at)}",
            )
    for log in silent:
        _check_window(log, found.moments(at))
    return found


def _prove_entry(
    entry: Entry, claim: Claim, log: Log, version: int, steps: list[Step]
) -> tuple[str, datetime | None]:
    kind = check_entry(entry, claim)
    steps.append(Step("log entry", "this signature, key and content", f"{kind}, {_index(entry)}"))
    signed_state = _check_proof(entry, log, steps)
    time = None
    if entry.promise is not None:
        time = check_promise(entry, entry.promise, log)
        _check_window(log, [time])
        seen = f"{rfc3339(time)} by {log.origin}"
        steps.append(Step("signed entry timestamp", f"log trusted {log.window}", seen))
    # Of bundles only v0.1 may have a promise alone (sigstore_bundle.proto); cosign's older forms,
    # version 0, have a place for nothing else.
    if not signed_state and (version > 1 or time is None):
        raise VerificationError(
            "INCLUSION_PROOF", f"log entry {entry.index} has no inclusion proof with a checkpoint"
        )
    return kind, time


def _index(entry: Entry) -> int:
    """Return the index that something vouches for: the promise covers one, the proof the other."""
    if entry.promise is None and entry.proof is not None:
        return entry.proof.index
    return entry.index


def _check_proof(entry: Entry, log: Log, steps: list[Step]) -> bool:
    proof = entry.proof
    if proof is None:
        return False
    check_inclusion(entry, proof)
    steps.append(_inclusion(proof))
    if proof.checkpoint is None:
        return False
    check_checkpoint(proof.checkpoint, proof, log)
    steps.append(Step("checkpoint", f"signed by {log.origin}", f"size {proof.size}"))
    return True


def _inclusion(proof: Proof) -> Step:
    return Step("inclusion proof", f"root {proof.root.hex()}", f"leaf {proof.index}")


def _prove_timestamps(
    bundle: Bundle, root: TrustRoot, refuse: Refuse, steps: list[Step]
) -> tuple[list[ProvenTime], str]:
    times: list[ProvenTime] = []
    unproven = ""
    if not bundle.timestamps:
        return times, unproven
    from attest.verify.timestamp import UnprovenError, check_timestamp

    stamped = bundle.signature if bundle.stamped is None else bundle.stamped
    for token in bundle.timestamps:
        try:
            time, authority = check_timestamp(token, stamped, root)
        except UnprovenError as error:
            unproven = str(error)
            steps.append(
                Step("timestamp", "an authority of the trust root", f"none: {error!s:.300}")
            )
            continue
        refuse(f"timestamp authority {authority.name}", *authority.digests)
        seen = f"{rfc3339(time)} by {authority.name}"
        times.append(ProvenTime("tsa", time, authority.name))
        steps.append(Step("timestamp", f"authority trusted {authority.window}", seen))
    return times, unproven


def _check_window(log: Log, times: Sequence[datetime]) -> None:
    for time in times:
        if time not in log.window:
            raise VerificationError(
                "LOG_WINDOW",
                f"log {log.origin} is trusted {log.window}; the time is {rfc3339(time)}",
            )


def _unproven(bundle: Bundle, claim: Claim) -> Publicity:
    steps = []
    for entry in bundle.entries:
        kind = check_entry(entry, claim)
        if entry.proof is not None:
            check_inclusion(entry, entry.proof)
        seen = f"{kind}, {entry.index}: proves nothing, the signer names no trust root"
        steps.append(Step("log entry", "this signature, key and content", seen))
    if bundle.timestamps:
        seen = f"{len(bundle.timestamps)}: prove nothing, the signer names no trust root"
        steps.append(Step("timestamp", "an authority of a trust root", seen))
    return Publicity((), (), tuple(steps))


def _unknown_log(entry: Entry, root: TrustRoot) -> VerificationError:
    return VerificationError(
        "TLOG_UNKNOWN",
        f"log entry {entry.index} is by log {entry.log_id.hex():.64}, which trust root"
        f" {root.name!r} does not have",
    )
