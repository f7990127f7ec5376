"""Several signers as one: principals are counted, over identical bytes, each for one name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import UsageError, VerificationError
from attest.model.attachment import Attachment, Form
from attest.model.digest import Digest
from attest.model.trust import Match, Signatory, Signer, Step, Threshold, Trust, Verified
from attest.testing import ISSUER, KeyPair, KeyType, sign_envelope, statement
from attest.testing.forms import cosign_parts, simple_signing
from attest.verify import Verifier
from attest.verify.threshold import together
from tests.verify.setting import AT, BLOB, BOX, CI, ROOT, SECOND, STATEMENT, file, key_signer

ALICE, BOB, CAROL = (BOX.key_pair(name) for name in ("alice", "bob", "carol"))
KEYS = tuple(
    key_signer(pair, name) for name, pair in (("alice", ALICE), ("bob", BOB), ("carol", CAROL))
)
TWO = Threshold("two", 2, ("alice", "bob", "carol"))
OTHER = statement({"app": b"app"}, "https://example.test/predicate", {"answer": 43})


def _verifier(*signers: Signer, threshold: Threshold = TWO) -> Verifier:
    named = {signer.name: signer for signer in signers or KEYS}
    return Verifier(Trust({"box": ROOT}, named, thresholds={threshold.name: threshold}), AT)


def _by(*bundles: bytes, verifier: Verifier | None = None) -> tuple[Verified, ...]:
    asked = verifier or _verifier()
    return asked.together([asked.bundle(file(bundle)) for bundle in bundles])


def _names(verified: Verified) -> list[str]:
    return [signer.name for signer in verified.signers]


def _short(verified: Sequence[Verified], verifier: Verifier | None = None) -> str:
    refusal = (verifier or _verifier()).shortfall("two", verified[0], verified)
    assert isinstance(refusal, VerificationError)
    assert refusal.exit_code == 4
    assert all("two" not in _names(one) for one in verified)
    return refusal.code


def test_two_keys_in_one_envelope() -> None:
    (verified,) = _by(sign_envelope(STATEMENT, ALICE, CAROL))
    assert _names(verified) == ["alice", "carol", "two", "two"]
    step = Step("threshold two", "2 of alice, bob, carol over the same bytes", "alice, carol")
    assert verified.steps[-1] == step
    assert _verifier().shortfall("two", verified, [verified]) is None


def test_two_keys_in_two_files() -> None:
    first, second = _by(BOX.sign_statement(STATEMENT, key=ALICE), sign_envelope(STATEMENT, BOB))
    assert _names(first) == ["alice", "two", "two"]
    assert _names(second) == ["bob", "two", "two"]
    assert {one.key for one in first.signers} == {one.key for one in second.signers}


def test_two_signatures_over_a_file() -> None:
    asked = _verifier()
    verified = asked.together(
        [asked.bundle(file(BOX.sign_blob(BLOB, key=pair)), [file(BLOB)]) for pair in (ALICE, BOB)]
    )
    assert all("two" in _names(one) for one in verified)


def test_one_is_too_few() -> None:
    assert _short(_by(sign_envelope(STATEMENT, ALICE))) == "THRESHOLD_UNMET"


def test_one_key_under_two_names() -> None:
    asked = _verifier(key_signer(ALICE, "alice"), key_signer(ALICE, "bob"), KEYS[2])
    verified = _by(sign_envelope(STATEMENT, ALICE), verifier=asked)
    assert _names(verified[0]) == ["alice", "bob"]
    assert _short(verified, asked) == "THRESHOLD_PRINCIPALS"
    (met,) = _by(sign_envelope(STATEMENT, ALICE, CAROL), verifier=asked)
    assert _names(met).count("two") == 2


def test_one_key_in_two_files() -> None:
    twice = _by(BOX.sign_statement(STATEMENT, key=ALICE), sign_envelope(STATEMENT, ALICE))
    assert _short(twice) == "THRESHOLD_PRINCIPALS"


def test_one_identity_with_two_certificates() -> None:
    alice, bob = replace(CI, name="alice"), replace(CI, name="bob")
    asked = _verifier(alice, bob, KEYS[2])
    bundles = [BOX.sign_statement(STATEMENT, at=at) for at in (BOX.now, BOX.now + 60 * SECOND)]
    verified = _by(*bundles, verifier=asked)
    assert verified[0].signers[0].key != verified[1].signers[0].key
    assert _short(verified, asked) == "THRESHOLD_PRINCIPALS"


def test_one_identity_by_two_issuers_is_two() -> None:
    other = "https://idp.test"
    bob = replace(CI, name="bob", issuer=Match(other))
    asked = _verifier(replace(CI, name="alice"), bob, KEYS[2])
    bundles = [BOX.sign_statement(STATEMENT, issuer=issuer) for issuer in (ISSUER, other)]
    assert all("two" in _names(one) for one in _by(*bundles, verifier=asked))


def test_different_payloads() -> None:
    verified = _by(sign_envelope(STATEMENT, ALICE), sign_envelope(OTHER, BOB))
    assert _short(verified) == "THRESHOLD_PAYLOADS"
    types = _by(
        sign_envelope(STATEMENT, ALICE),
        sign_envelope(STATEMENT, BOB, payload_type="application/vnd.in-toto.x+json"),
    )
    assert _short(types) == "THRESHOLD_PAYLOADS"


def test_each_fills_one_name() -> None:
    """Carol fits two names, alice one: both must find a seat, in whatever order they come."""
    wide = key_signer(CAROL, "alice")
    signers = (wide, key_signer(CAROL, "bob"), key_signer(ALICE, "carol"))
    three = Threshold("two", 2, ("alice", "carol"))
    asked = _verifier(*signers, threshold=three)
    for order in ((ALICE, CAROL), (CAROL, ALICE)):
        (verified,) = _by(sign_envelope(STATEMENT, *order), verifier=asked)
        assert _names(verified).count("two") == 2


def test_others_do_not_count() -> None:
    dave = BOX.key_pair("dave", KeyType.ED25519)
    asked = _verifier(*KEYS, key_signer(dave, "dave"))
    verified = _by(sign_envelope(STATEMENT, ALICE, dave), verifier=asked)
    assert _short(verified, asked) == "THRESHOLD_UNMET"
    alone = _by(sign_envelope(STATEMENT, dave), verifier=asked)
    assert asked.shortfall("two", alone[0], alone) is None
    assert asked.shortfall("unknown", alone[0], alone) is None


@pytest.mark.parametrize(
    "threshold",
    [
        Threshold("two", 2, ("alice", "nobody")),
        Threshold("two", 2, ("alice", "alice")),
        Threshold("two", 3, ("alice", "bob")),
        Threshold("two", 0, ("alice", "bob")),
        Threshold("alice", 1, ("alice", "bob")),
    ],
)
def test_thresholds_that_cannot_be(threshold: Threshold) -> None:
    with pytest.raises(UsageError) as refusal:
        _verifier(threshold=threshold)
    assert refusal.value.code == "THRESHOLD_MALFORMED"


def test_two_payloads_that_name_one_image_are_two() -> None:
    image = file(b'{"schemaVersion": 2}')
    asked = _verifier()

    def signed(pair: KeyPair, reference: str) -> Verified:
        payload = simple_signing(str(image.digest), reference)
        parts = cosign_parts(BOX.sign_blob(payload, key=pair))
        found = Attachment(Form.COSIGN_SIGNATURE, file(payload), parts)
        return asked.attached(found, [image])

    same = asked.together([signed(pair, "registry.test/app") for pair in (ALICE, BOB)])
    assert all("two" in _names(one) for one in same)
    other = asked.together([signed(ALICE, "registry.test/app"), signed(BOB, "registry.test/b")])
    assert _short(other, asked) == "THRESHOLD_PAYLOADS"
    plain = asked.bundle(file(BOX.sign_blob(image.content, key=BOB)), [image])
    mixed = asked.together([signed(ALICE, "registry.test/app"), plain])
    assert _short(mixed, asked) == "THRESHOLD_PAYLOADS"


def test_one_is_a_threshold_too() -> None:
    one = Threshold("one", 1, ("alice",))
    (verified,) = _by(sign_envelope(STATEMENT, ALICE), verifier=_verifier(threshold=one))
    assert _names(verified) == ["alice", "one"]


def test_what_is_met_is_met_once() -> None:
    once = _by(sign_envelope(STATEMENT, ALICE, CAROL))
    assert _verifier().together(once) == once


def test_who_has_signed_something_else_is_told() -> None:
    asked = _verifier()
    bundles = (sign_envelope(STATEMENT, ALICE), sign_envelope(OTHER, BOB))
    first, second = (asked.bundle(file(bundle)) for bundle in bundles)
    refusal = asked.shortfall("two", first, [first, second])
    assert refusal is not None
    assert refusal.code == "THRESHOLD_PAYLOADS"
    assert refusal.message.endswith(
        f"seen 1: alice over {first.signed}; bob has signed {second.signed}"
    )


def _largest(fits: Sequence[frozenset[int]]) -> int:
    """Return by trial how many principals can fill a name each."""
    if not fits:
        return 0
    first, rest = fits[0], fits[1:]
    seats = [1 + _largest([one - {name} for one in rest]) for name in first]
    return max([*seats, _largest(rest)])


@given(st.lists(st.frozensets(st.integers(0, 3), min_size=1), min_size=1, max_size=4))
@settings(derandomize=True, max_examples=150, deadline=None)
def test_as_many_count_as_can_fill_a_name_each(fits: list[frozenset[int]]) -> None:
    """Principals by the names that they fit; the counting must find the largest assignment."""
    (signed,) = _by(sign_envelope(STATEMENT, ALICE))
    names = ("n0", "n1", "n2", "n3")
    everyone = tuple(
        Signatory(names[name], Digest.of(b"%d" % principal))
        for principal, of in enumerate(fits)
        for name in sorted(of)
    )
    one = replace(signed, signers=everyone)
    for least in range(1, 5):
        (found,) = together([Threshold("some", least, names)], [one])
        seated = [signer.key for signer in found.signers if signer.name == "some"]
        assert len(set(seated)) == len(seated)
        assert bool(seated) == (_largest(fits) >= least)
        if seated:
            assert len(seated) == _largest(fits)
            filled = found.steps[-1].seen.split(", ")
            fitting = {(each.name, each.key) for each in everyone}
            assert len(set(filled)) == len(filled)
            assert set(zip(filled, seated, strict=True)) <= fitting
