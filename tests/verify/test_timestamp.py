"""RFC 3161 timestamps: which prove something, which prove nothing, which are lies."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import VerificationError
from attest.testing import BundleKnobs, RootKnobs, TimestampKnobs, Window
from attest.testing.authority import timestamp_authority
from attest.verify.bundle import parse_bundle
from attest.verify.root import TrustRoot, parse_root
from attest.verify.timestamp import UnprovenError, check_timestamp
from tests.fuzz.encodings import element, elements
from tests.verify.setting import BLOB, BOX, NOW, OTHER_BOX, SECOND

DAY = timedelta(days=1)


def _token(knobs: TimestampKnobs | None = None) -> tuple[bytes, bytes]:
    used = BundleKnobs(timestamp=knobs or TimestampKnobs())
    bundle = parse_bundle(BOX.sign_blob(BLOB, knobs=used))
    return bundle.timestamps[0], bundle.signature


def _root(window: Window | None = None, *, empty: bool = False) -> TrustRoot:
    omit = frozenset({"timestampAuthorities"}) if empty else frozenset[str]()
    return parse_root("box", BOX.trusted_root(RootKnobs(timestamp_authority=window, omit=omit)))


@pytest.mark.parametrize("embed", [True, False])
def test_a_time_is_proven(*, embed: bool) -> None:
    time, authority = check_timestamp(*_token(TimestampKnobs(embed=embed)), _root())
    assert time == NOW
    assert authority.name == "tsa.attest.test"


def test_both_ends_of_the_window() -> None:
    assert check_timestamp(*_token(), _root(Window(NOW - DAY, NOW)))[0] == NOW
    assert check_timestamp(*_token(), _root(Window(NOW, NOW + DAY)))[0] == NOW
    for window in (Window(NOW - DAY, NOW - SECOND), Window(NOW + SECOND, NOW + DAY)):
        with pytest.raises(UnprovenError, match="is trusted"):
            check_timestamp(*_token(), _root(window))


@pytest.mark.parametrize("embed", [True, False])
def test_a_stranger_proves_nothing(*, embed: bool) -> None:
    knobs = TimestampKnobs(authority=OTHER_BOX.timestamp_authority, embed=embed)
    with pytest.raises(UnprovenError, match="tsa"):
        check_timestamp(*_token(knobs), _root())
    with pytest.raises(UnprovenError, match="has no timestamp authority"):
        check_timestamp(*_token(), _root(empty=True))


def test_a_time_outside_the_authoritys_own_certificates() -> None:
    """The trust root has no end for it, but its certificates do."""
    authority = timestamp_authority(BOX.seed, "tsa", (NOW - 9 * DAY, NOW - DAY))
    with pytest.raises(UnprovenError):
        check_timestamp(*_token(TimestampKnobs(authority=authority)), _root())
    late = TimestampKnobs(at=NOW + timedelta(days=4000))
    with pytest.raises(UnprovenError):
        check_timestamp(*_token(late), _root())


def test_a_timestamp_about_other_bytes_is_a_lie() -> None:
    with pytest.raises(VerificationError, match="not a strong hash") as refusal:
        check_timestamp(*_token(TimestampKnobs(message=b"other")), _root())
    assert refusal.value.code == "TIMESTAMP_INVALID"


def test_two_signers_are_one_too_many() -> None:
    """One of them could be somebody else's."""
    token, signature = _token(TimestampKnobs(embed=False))
    with pytest.raises(UnprovenError, match="it has 2 signers; expected one"):
        check_timestamp(_signed_twice(token), signature, _root())


def _signed_twice(token: bytes) -> bytes:
    """Return the token with its SignerInfo twice (RFC 5652 §5.1)."""
    ((tag, response),) = _split(token)
    status, (outer, content) = _split(response)
    kind, (explicit, wrapped) = _split(content)
    ((sequence, signed),) = _split(wrapped)
    *parts, (infos, info) = _split(signed)
    twice = _joined([*parts, (infos, info * 2)])
    content = _joined([kind, (explicit, _joined([(sequence, twice)]))])
    return _joined([(tag, _joined([status, (outer, content)]))])


def _split(der: bytes) -> list[tuple[int, bytes]]:
    found = elements(der)
    assert found is not None
    return found


def _joined(parts: list[tuple[int, bytes]]) -> bytes:
    return b"".join(element(*part) for part in parts)


def test_a_time_that_is_none() -> None:
    """The year 0 can be written in ASN.1, and is no year."""
    token, signature = _token()
    for year in (b"0000", b"2026"):
        changed = token.replace(b"20260102030405Z", year + b"0102030405Z")
        if year == b"2026":
            assert check_timestamp(changed, signature, _root())[0] == NOW
            continue
        with pytest.raises(VerificationError, match="does not parse") as refusal:
            check_timestamp(changed, signature, _root())
        assert refusal.value.code == "TIMESTAMP_INVALID"


def test_what_does_not_parse_is_refused() -> None:
    with pytest.raises(VerificationError, match="does not parse") as refusal:
        check_timestamp(b"\x30\x00", b"x", _root())
    assert refusal.value.code == "TIMESTAMP_INVALID"


TOKEN, SIGNATURE = _token()


@given(st.integers(0, len(TOKEN) - 1), st.binary(min_size=1, max_size=2))
@settings(derandomize=True, max_examples=150)
def test_a_changed_token_proves_the_same_or_nothing(at: int, noise: bytes) -> None:
    changed = TOKEN[:at] + noise + TOKEN[at + len(noise) :]
    try:
        time, _ = check_timestamp(changed, SIGNATURE, _root())
    except (UnprovenError, VerificationError):
        return
    assert time == NOW
