"""A second opinion: on what sigstore-python supports too, it and this verifier must agree.

Where the two differ on purpose, the difference is named at the end: windows of the trust root and
checkpoint details that sigstore-python does not compare.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.x509 import ExtensionNotFound
from hypothesis import given, settings
from hypothesis import strategies as st
from sigstore.errors import Error
from sigstore.models import Bundle, TrustedRoot
from sigstore.verify import Verifier as OtherVerifier
from sigstore.verify.policy import Identity

from attest.errors import VerificationError
from attest.testing import (
    IDENTITY,
    ISSUER,
    BundleKnobs,
    CertificateKnobs,
    LogKnobs,
    RootKnobs,
    TimestampKnobs,
    Window,
    edit,
)
from tests.verify.setting import BLOB, BOX, NOW, OTHER_BOX, ROOT, SECOND, STATEMENT, file, verify

DAY = 86400 * SECOND
V01 = "application/vnd.dev.sigstore.bundle+json;version=0.1"
V02 = "application/vnd.dev.sigstore.bundle+json;version=0.2"


@cache
def _other(root: bytes) -> OtherVerifier:
    path = Path(_FOLDER[0]) / f"{len(_PATHS)}.json"
    _PATHS.append(path)
    path.write_bytes(root)
    return OtherVerifier(trusted_root=TrustedRoot.from_file(str(path)))


_FOLDER: list[Path] = []
_PATHS: list[Path] = []


@pytest.fixture(autouse=True, scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    _FOLDER.append(tmp_path_factory.mktemp("roots"))


def _theirs(bundle: bytes, root: bytes, *, blob: bool) -> bytes | None:
    """Return what sigstore-python verifies, or nothing; it leaks errors of many types."""
    policy = Identity(identity=IDENTITY, issuer=ISSUER)
    try:
        parsed = Bundle.from_json(bundle)
        if blob:
            _other(root).verify_artifact(BLOB, parsed, policy)
            return BLOB
        return _other(root).verify_dsse(parsed, policy)[1]
    except (Error, ValueError, TypeError, ExtensionNotFound):
        return None


def _ours(bundle: bytes, root: bytes, *, blob: bool) -> bytes | None:
    try:
        return verify(bundle, messages=[file(BLOB)] if blob else [], root=root).payload
    except VerificationError:
        return None


def _sign(knobs: BundleKnobs, *, blob: bool, **request: Any) -> bytes:
    if blob:
        return BOX.sign_blob(BLOB, knobs=knobs, **request)
    return BOX.sign_statement(STATEMENT, knobs=knobs, **request)


ACCEPTED = {
    "v1": BundleKnobs(),
    "v2": BundleKnobs(log=LogKnobs(version=2)),
    "bundle v0.2": BundleKnobs(media_type=V02),
    "no embedded certificate": BundleKnobs(timestamp=TimestampKnobs(embed=False)),
    "issuer v1 only": BundleKnobs(certificate=CertificateKnobs(issuer_v2=False)),
}
REFUSED = {
    "no certificate timestamp": BundleKnobs(certificate=CertificateKnobs(scts=0)),
    "foreign certificate log": BundleKnobs(certificate=CertificateKnobs(ct_log=OTHER_BOX.ct_log)),
    "foreign authority": BundleKnobs(certificate=CertificateKnobs(authority=OTHER_BOX.authority)),
    "foreign log": BundleKnobs(log=LogKnobs(log=OTHER_BOX.log)),
    "late log": BundleKnobs(log=LogKnobs(at=NOW + DAY)),
    "early log": BundleKnobs(log=LogKnobs(at=NOW - SECOND)),
    "no proof": BundleKnobs(log=LogKnobs(proof=False)),
    "v2 log without proof": BundleKnobs(log=LogKnobs(version=2, proof=False)),
    "late timestamp": BundleKnobs(timestamp=TimestampKnobs(at=NOW + DAY)),
    "timestamp about something else": BundleKnobs(
        log=LogKnobs(version=2), timestamp=TimestampKnobs(message=b"x")
    ),
    "the same timestamp twice": BundleKnobs(timestamp=TimestampKnobs(copies=2)),
    "not for signing": BundleKnobs(certificate=CertificateKnobs(signs=False)),
    "not for code": BundleKnobs(certificate=CertificateKnobs(usages=())),
}


@pytest.mark.parametrize("blob", [False, True])
@pytest.mark.parametrize("knobs", ACCEPTED.values(), ids=ACCEPTED)
def test_both_accept(knobs: BundleKnobs, *, blob: bool) -> None:
    bundle = _sign(knobs, blob=blob)
    assert _ours(bundle, ROOT, blob=blob) == (BLOB if blob else STATEMENT)
    assert _theirs(bundle, ROOT, blob=blob) == (BLOB if blob else STATEMENT)


@pytest.mark.parametrize("blob", [False, True])
@pytest.mark.parametrize("knobs", REFUSED.values(), ids=REFUSED)
def test_both_refuse(knobs: BundleKnobs, *, blob: bool) -> None:
    bundle = _sign(knobs, blob=blob)
    assert _ours(bundle, ROOT, blob=blob) is None
    assert _theirs(bundle, ROOT, blob=blob) is None


@pytest.mark.parametrize(
    "request_", [{"identity": "https://corp.test/x"}, {"issuer": "https://idp.test"}]
)
def test_both_refuse_strangers(request_: dict[str, str]) -> None:
    bundle = _sign(BundleKnobs(), blob=False, **request_)
    assert _ours(bundle, ROOT, blob=False) is None
    assert _theirs(bundle, ROOT, blob=False) is None


def test_both_refuse_a_timestamp_outside_its_authoritys_window() -> None:
    root = BOX.trusted_root(
        RootKnobs(timestamp_authority=Window(NOW - 9 * DAY, NOW - DAY), log=None)
    )
    bundle = _sign(BundleKnobs(log=LogKnobs(version=2)), blob=False)
    assert _ours(bundle, root, blob=False) is None
    assert _theirs(bundle, root, blob=False) is None


def _leaves(value: Any, pointer: str = "") -> list[str]:
    """Return the JSON pointers of every value in ``value`` that is no container."""
    if isinstance(value, dict):
        return [one for key in value for one in _leaves(value[key], f"{pointer}/{key}")]
    if isinstance(value, list):
        return [one for i, item in enumerate(value) for one in _leaves(item, f"{pointer}/{i}")]
    return [pointer]


V1, V2 = (_sign(ACCEPTED[name], blob=False) for name in ("v1", "v2"))


@given(st.sampled_from([V1, V2]), st.data())
@settings(derandomize=True, max_examples=150, deadline=None)
def test_never_looser(bundle: bytes, data: st.DataObject) -> None:
    """Change one character of one value: what is accepted here is accepted there, the same way."""
    document = json.loads(bundle)
    pointer = data.draw(st.sampled_from(_leaves(document)))
    value: Any = document
    for step in pointer[1:].split("/"):
        value = value[int(step) if isinstance(value, list) else step]
    at = data.draw(st.integers(0, max(0, len(str(value)) - 1)))
    noise = data.draw(st.sampled_from("A0/=x1+"))
    changed = edit(bundle, pointer, str(value)[:at] + noise + str(value)[at + 1 :])
    ours = _ours(changed, ROOT, blob=False)
    assert ours in {None, STATEMENT}
    if ours is not None:
        assert _theirs(changed, ROOT, blob=False) == STATEMENT


RETIRED = Window(NOW - 9 * DAY, NOW - DAY)
STRICTER = {
    "retired certificate authority": (BundleKnobs(), RootKnobs(certificate_authority=RETIRED)),
    "retired log": (BundleKnobs(), RootKnobs(log=RETIRED)),
    "retired certificate log": (BundleKnobs(), RootKnobs(ct_log=RETIRED)),
    "tree size of another state": (BundleKnobs(log=LogKnobs(tree_size=10**6)), RootKnobs()),
    "checkpoint of another origin": (BundleKnobs(log=LogKnobs(origin="x.test")), RootKnobs()),
}


@pytest.mark.parametrize(("knobs", "root"), STRICTER.values(), ids=STRICTER)
def test_where_this_verifier_is_stricter(knobs: BundleKnobs, root: RootKnobs) -> None:
    bundle, trusted = _sign(knobs, blob=False), BOX.trusted_root(root)
    assert _ours(bundle, trusted, blob=False) is None
    assert _theirs(bundle, trusted, blob=False) == STATEMENT


def test_where_this_verifier_reads_more() -> None:
    promise_alone = _sign(
        replace(ACCEPTED["v1"], media_type=V01, log=LogKnobs(proof=False)), blob=False
    )
    assert _ours(promise_alone, ROOT, blob=False) == STATEMENT
    assert _theirs(promise_alone, ROOT, blob=False) is None
