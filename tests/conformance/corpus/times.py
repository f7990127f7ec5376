"""Windows: of every authority, before, at and after each time that is proven."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from attest.signing.bundle import b64
from attest.signing.signature import public_der
from attest.testing import (
    BundleKnobs,
    CertificateKnobs,
    LogKnobs,
    RootKnobs,
    TimestampKnobs,
    Window,
    edit,
    read,
    remove,
)
from attest.testing.fulcio import LIFETIME
from tests.conformance.corpus.case import ENTRY, STAMPS, VERIFIED, Case, Cases, signed
from tests.verify.setting import BOX, NOW, OTHER_BOX, ROOT, SECOND

DAY = timedelta(days=1)
V2 = BundleKnobs(log=LogKnobs(version=2))
WINDOWS = {
    "ends a second before": (Window(NOW - DAY, NOW - SECOND), False),
    "ends then": (Window(NOW - DAY, NOW), True),
    "starts then": (Window(NOW, NOW + DAY), True),
    "starts a second after": (Window(NOW + SECOND, NOW + DAY), False),
    "is that moment": (Window(NOW, NOW), True),
}
AUTHORITIES: dict[str, tuple[str, str, BundleKnobs]] = {
    "the certificate authority": ("certificate_authority", "CA_WINDOW", BundleKnobs()),
    "the v1 log": ("log", "LOG_WINDOW", BundleKnobs()),
    "the v2 log": ("log", "LOG_WINDOW", V2),
    "the certificate log": ("ct_log", "SCT_INVALID", BundleKnobs()),
    "the timestamp authority": ("timestamp_authority", "TIMESTAMP_INVALID", V2),
}


def cases() -> Cases:
    """Yield the windows of authorities, then of certificates, then what proves a time."""
    for authority, (field, code, knobs) in AUTHORITIES.items():
        for when, (window, holds) in WINDOWS.items():
            options: dict[str, Any] = {field: window}
            root = BOX.trusted_root(RootKnobs(**options))
            made = signed(knobs)
            yield Case(f"{authority} {when}", VERIFIED if holds else code, made, root)
    yield from _certificates()
    yield from _timestamps()
    yield from _keys()


def _certificates() -> Cases:
    """The leaf's own window, at the time that the log, or else the authority, proves."""
    moments = {
        "a second before": (-SECOND, False),
        "at the start of": (0 * SECOND, True),
        "at the end of": (LIFETIME, True),
        "a second after": (LIFETIME + SECOND, False),
    }
    expired = "CERTIFICATE_EXPIRED"
    for when, (offset, holds) in moments.items():
        code, at = VERIFIED if holds else expired, NOW + offset
        late = BundleKnobs(log=LogKnobs(at=at))
        yield Case(f"logged {when} the certificate", code, signed(late, timestamp=False))
        stamped = BundleKnobs(log=LogKnobs(version=2), timestamp=TimestampKnobs(at=at))
        yield Case(f"stamped {when} the certificate", code, signed(stamped))
    both = BundleKnobs(timestamp=TimestampKnobs(at=NOW + DAY))
    yield Case("logged in time, stamped a day later", expired, signed(both))
    both = BundleKnobs(log=LogKnobs(at=NOW + DAY))
    yield Case("stamped in time, logged a day later", expired, signed(both))
    for when, offset in {"before": -2 * DAY, "after": 2 * DAY}.items():
        knobs = BundleKnobs(certificate=CertificateKnobs(sct_at=NOW + offset))
        yield Case(f"the certificate is on record two days {when}", "SCT_INVALID", signed(knobs))


def _timestamps() -> Cases:
    v2 = LogKnobs(version=2)
    bad = "TIMESTAMP_INVALID"

    def stamped(**knobs: Any) -> bytes:
        return signed(BundleKnobs(log=v2, timestamp=TimestampKnobs(**knobs)))

    stranger = OTHER_BOX.timestamp_authority
    yield Case("a timestamp", VERIFIED, stamped())
    yield Case("a timestamp without the certificate", VERIFIED, stamped(embed=False))
    yield Case("a timestamp over other bytes", bad, stamped(message=b"other"))
    yield Case("a timestamp by a stranger", bad, stamped(authority=stranger))
    yield Case("a stranger's, without it", bad, stamped(authority=stranger, embed=False))
    yield Case("the same timestamp twice", "BUNDLE_MALFORMED", stamped(copies=2))
    yield Case(
        "a v2 entry alone", "TIMESTAMP_MISSING", signed(BundleKnobs(log=v2), timestamp=False)
    )
    two = [read(stamped(), STAMPS + "/0"), read(stamped(authority=stranger), STAMPS + "/0")]
    yield Case("a stranger's beside a good one", VERIFIED, edit(stamped(), STAMPS, two))
    lie = [two[0], read(stamped(message=b"x"), STAMPS + "/0")]
    yield Case("one over other bytes beside a good one", bad, edit(stamped(), STAMPS, lie))
    other = read(BOX.sign_blob(b"another"), STAMPS)
    yield Case("the timestamp of another signature", bad, edit(stamped(), STAMPS, other))
    silent = edit(signed(timestamp=False), ENTRY + "/integratedTime", "1")
    yield Case("the log's time is another than it promised", "SET_INVALID", silent)
    unpromised = remove(signed(timestamp=False), ENTRY + "/inclusionPromise")
    yield Case("the log's time without a promise", "TIMESTAMP_MISSING", unpromised)


def _keys() -> Cases:
    """The right key id with another key behind it, and parts that the root does not have."""
    strangers = {
        "tlogs/0": (OTHER_BOX.log.key, "CHECKPOINT", BundleKnobs()),
        "tlogs/1": (OTHER_BOX.log_v2.key, "CHECKPOINT", V2),
        "ctlogs/0": (OTHER_BOX.ct_log.key, "SCT_INVALID", BundleKnobs()),
    }
    for place, (key, code, knobs) in strangers.items():
        der = b64(public_der(key.public_key()))
        root = edit(ROOT, f"/{place}/publicKey/rawBytes", der)
        yield Case(f"another key under the id of {place}", code, signed(knobs), root)
    promise = edit(
        ROOT, "/tlogs/0/publicKey/rawBytes", b64(public_der(OTHER_BOX.log.key.public_key()))
    )
    v01 = BundleKnobs(
        media_type="application/vnd.dev.sigstore.bundle+json;version=0.1", log=LogKnobs(proof=False)
    )
    yield Case("another key, and a promise alone", "SET_INVALID", signed(v01), promise)
    absent = {
        "tlogs": ("TLOG_UNKNOWN", BundleKnobs()),
        "ctlogs": ("SCT_INVALID", BundleKnobs()),
        "certificateAuthorities": ("CERTIFICATE_CHAIN", BundleKnobs()),
        "timestampAuthorities": ("TIMESTAMP_INVALID", V2),
    }
    for name, (code, knobs) in absent.items():
        root = BOX.trusted_root(RootKnobs(omit=frozenset({name})))
        yield Case(f"a root without {name}", code, signed(knobs), root)
    yield Case("the root of another instance", "TLOG_UNKNOWN", signed(), OTHER_BOX.trusted_root())
    chain = "/certificateAuthorities/0/certChain/certificates"
    certificates = read(ROOT, chain)
    yield Case("a root whose chain lacks the intermediate", "CERTIFICATE_CHAIN", signed(),
               edit(ROOT, chain, certificates[1:]))  # fmt: skip
    foreign = [certificates[0], *read(OTHER_BOX.trusted_root(), chain)[1:]]
    yield Case("a root whose chain does not hang together", "CERTIFICATE_CHAIN", signed(),
               edit(ROOT, chain, foreign))  # fmt: skip
