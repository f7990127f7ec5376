"""Certificate chains: every window, at every proven time."""

from __future__ import annotations

import base64
import contextlib
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from attest.errors import VerificationError
from attest.model.digest import Digest
from attest.testing import Authority, CertificateKnobs, KeyType, RootKnobs, Window, edit, read
from attest.testing.authority import certificate_builder, der_of, key_usage
from attest.testing.fulcio import LIFETIME
from attest.testing.keys import derive
from attest.verify import chain
from attest.verify.certificate import Leaf, read_leaf
from attest.verify.chain import find_issuer
from attest.verify.root import TrustRoot, parse_root
from tests.verify.setting import BOX, NOW, OTHER_BOX, ROOT, SECOND

AUTHORITIES = "/certificateAuthorities"
FULCIO = "fulcio.attest.test"


def _leaf(knobs: CertificateKnobs | None = None) -> Leaf:
    return read_leaf(der_of(BOX.certificate(knobs=knobs or CertificateKnobs()).certificate))


def _code(leaf: Leaf, root: TrustRoot, *offsets: timedelta) -> str:
    times = [NOW + offset for offset in offsets or (SECOND,)]
    with pytest.raises(VerificationError) as refusal:
        find_issuer(leaf, root, times)
    return refusal.value.code


def _name(leaf: Leaf, root: TrustRoot, *times: datetime) -> str:
    return find_issuer(leaf, root, times or [NOW]).name


def _trusted(window: Window | None = None) -> TrustRoot:
    return parse_root("box", BOX.trusted_root(RootKnobs(certificate_authority=window)))


def _intermediate(*extensions: x509.ExtensionType, window: tuple[int, int] = (-9, 9)) -> Authority:
    """Return another intermediate under the box's own root, with what else it should say."""
    root = Authority(derive("attest", "fulcio root", KeyType.P384), BOX.authority.chain[-1])
    key = derive("attest", "another intermediate")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "another intermediate")])
    start, end = (NOW + timedelta(days=day) for day in window)
    builder = certificate_builder(name, key.public_key(), root, (start, end)).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    builder = builder.add_extension(key_usage(signs=False, issues=True), critical=True)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return Authority(key, root.sign(builder), root.chain)


def _root_with(authority: Authority) -> TrustRoot:
    item = read(ROOT, AUTHORITIES + "/0")
    item["certChain"]["certificates"] = [_raw(each) for each in authority.chain]
    return parse_root("box", edit(ROOT, AUTHORITIES, [item]))


def _raw(certificate: x509.Certificate) -> dict[str, str]:
    return {"rawBytes": base64.b64encode(der_of(certificate)).decode()}


@pytest.mark.parametrize("kind", KeyType)
def test_a_chain_with_every_kind_of_key(kind: KeyType) -> None:
    leaf = _leaf(CertificateKnobs(key_type=kind))
    assert find_issuer(leaf, _trusted(), [NOW]).chain == BOX.authority.chain


def test_both_ends_of_the_certificate_belong_to_it() -> None:
    assert _name(_leaf(), _trusted(), NOW, NOW + LIFETIME) == FULCIO
    assert _code(_leaf(), _trusted(), -SECOND) == "CERTIFICATE_EXPIRED"
    assert _code(_leaf(), _trusted(), LIFETIME + SECOND) == "CERTIFICATE_EXPIRED"


def test_every_time_is_checked() -> None:
    assert _code(_leaf(), _trusted(), SECOND, LIFETIME + SECOND) == "CERTIFICATE_EXPIRED"
    ends = _trusted(Window(NOW - timedelta(days=1), NOW + 2 * SECOND))
    assert _name(_leaf(), ends, NOW, NOW + 2 * SECOND) == FULCIO
    assert _code(_leaf(), ends, SECOND, 3 * SECOND) == "CA_WINDOW"


def test_a_stranger_of_the_same_name() -> None:
    leaf = _leaf(CertificateKnobs(authority=OTHER_BOX.authority))
    assert leaf.certificate.issuer == BOX.authority.certificate.subject
    assert _code(leaf, _trusted()) == "CERTIFICATE_CHAIN"
    retired = _trusted(Window(NOW - timedelta(days=9), NOW - timedelta(days=1)))
    assert _code(leaf, retired) == "CERTIFICATE_CHAIN"


def test_a_root_without_authorities() -> None:
    root = parse_root("box", BOX.trusted_root(RootKnobs(omit=frozenset({AUTHORITIES[1:]}))))
    assert _code(_leaf(), root) == "CERTIFICATE_CHAIN"


@pytest.mark.parametrize(
    "window",
    [
        Window(NOW - timedelta(days=9), NOW - timedelta(days=1)),
        Window(NOW + timedelta(days=1), NOW + timedelta(days=9)),
    ],
)
def test_a_retired_or_future_authority(window: Window) -> None:
    assert _code(_leaf(), _trusted(window)) == "CA_WINDOW"


def test_adjoining_windows_of_one_name() -> None:
    """GitHub's authorities follow each other under one subject name."""
    old = read(ROOT, AUTHORITIES + "/0") | {"validFor": {"start": "2020-01-01T00:00:00Z"}}
    old["validFor"]["end"] = "2020-02-01T00:00:00Z"
    root = edit(ROOT, AUTHORITIES, [old, read(ROOT, AUTHORITIES + "/0")])
    assert find_issuer(_leaf(), parse_root("box", root), [NOW]).window.end is None
    assert _code(_leaf(), parse_root("box", edit(ROOT, AUTHORITIES, [old]))) == "CA_WINDOW"


def test_an_intermediate_of_ones_own() -> None:
    authority = _intermediate(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]))
    leaf = _leaf(CertificateKnobs(authority=authority))
    assert _name(leaf, _root_with(authority)) == FULCIO
    unlimited = _intermediate()
    leaf = _leaf(CertificateKnobs(authority=unlimited))
    assert _name(leaf, _root_with(unlimited)) == FULCIO


def test_an_intermediate_that_cannot_be_read() -> None:
    junk = x509.UnrecognizedExtension(ExtensionOID.EXTENDED_KEY_USAGE, b"junk")
    authority = _intermediate(junk)
    leaf = _leaf(CertificateKnobs(authority=authority))
    assert _code(leaf, _root_with(authority)) == "CERTIFICATE_CHAIN"


def test_an_expired_intermediate() -> None:
    authority = _intermediate(window=(-9, -1))
    leaf = _leaf(CertificateKnobs(authority=authority))
    assert _code(leaf, _root_with(authority)) == "CA_WINDOW"


def test_an_intermediate_for_something_else() -> None:
    authority = _intermediate(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]))
    leaf = _leaf(CertificateKnobs(authority=authority))
    assert _code(leaf, _root_with(authority)) == "CERTIFICATE_CHAIN"
    anything = _intermediate(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]))
    leaf = _leaf(CertificateKnobs(authority=anything))
    assert _name(leaf, _root_with(anything)) == FULCIO


def test_a_chain_whose_links_do_not_hold() -> None:
    """The intermediate signs the leaf, but the root beside it never signed the intermediate."""
    authority = Authority(
        BOX.authority.key, BOX.authority.certificate, (OTHER_BOX.authority.chain[-1],)
    )
    assert _code(_leaf(), _root_with(authority)) == "CERTIFICATE_CHAIN"


def test_an_anchor_cannot_be_passed_over() -> None:
    """Every certificate of the authority's chain is in the path, so each window counts."""
    above = Authority(
        BOX.authority.key, BOX.authority.certificate, (*BOX.authority.above, *BOX.authority.above)
    )
    assert _code(_leaf(), _root_with(above)) == "CERTIFICATE_CHAIN"


def test_a_leaf_that_issues() -> None:
    """An issuer's certificate is no signer's: the leaf of one authority cannot issue another."""
    credential = BOX.certificate()
    issuing = Authority(credential.key, credential.certificate, BOX.authority.chain)
    leaf = _leaf(CertificateKnobs(authority=issuing))
    assert _code(leaf, _trusted()) == "CERTIFICATE_CHAIN"
    assert _code(leaf, _root_with(issuing)) == "CERTIFICATE_CHAIN"


def test_a_certificate_for_something_else() -> None:
    leaf = _leaf(CertificateKnobs(usages=(ExtendedKeyUsageOID.CLIENT_AUTH,)))
    assert _code(leaf, _trusted()) == "CERTIFICATE_USAGE"


def test_github_gets_a_hint() -> None:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "GitHub, Inc."),
            x509.NameAttribute(NameOID.COMMON_NAME, "Fulcio Intermediate l2"),
        ]
    )
    root = Authority(derive("attest", "fulcio root", KeyType.P384), BOX.authority.chain[-1])
    builder = certificate_builder(name, BOX.authority.key.public_key(), root, (NOW, NOW + LIFETIME))
    github = Authority(BOX.authority.key, root.sign(builder))
    leaf = _leaf(CertificateKnobs(authority=github))
    with pytest.raises(VerificationError) as refusal:
        find_issuer(leaf, _trusted(), [NOW])
    assert refusal.value.code == "CERTIFICATE_CHAIN"
    assert "`github`" in refusal.value.hint


def test_a_chain_that_held_before_holds_only_for_its_own_leaves_and_times() -> None:
    """What is remembered is the chain of the authority: neither the leaf nor the time."""
    authority = _intermediate(window=(-8, 8))
    root = _root_with(authority)
    leaf = _leaf(CertificateKnobs(authority=authority))
    assert _name(leaf, root) == _name(leaf, root) == FULCIO
    impostor = Authority(derive("attest", "impostor"), authority.certificate, authority.above)
    theirs = _leaf(CertificateKnobs(authority=impostor))
    assert _code(theirs, root) == "CERTIFICATE_CHAIN"
    at = NOW + timedelta(days=9)
    late = BOX.certificate(at=at, knobs=CertificateKnobs(authority=authority)).certificate
    assert _code(read_leaf(der_of(late)), root, at - NOW + SECOND) == "CA_WINDOW"
    issuing = _leaf(CertificateKnobs(authority=authority, usages=()))
    assert _code(issuing, root) == "CERTIFICATE_USAGE"


def test_an_authority_that_limits_names_is_asked_each_time() -> None:
    names = x509.NameConstraints([x509.DNSName("corp.test")], None)
    authority = _intermediate(names, window=(-7, 7))
    leaf = _leaf(CertificateKnobs(authority=authority))
    root = _root_with(authority)
    for _ in range(2):
        with contextlib.suppress(VerificationError):
            find_issuer(leaf, root, [NOW])
    assert root.authorities[0].digests not in chain.PROVEN


def test_a_chain_that_held_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that it is not worked out again for each of many bundles; up to a number of chains."""
    root, proven = _trusted(), set[tuple[Digest, ...]]()
    monkeypatch.setattr(chain, "PROVEN", proven)
    monkeypatch.setattr(chain, "_MOST_PROVEN", 1)
    find_issuer(_leaf(), root, [NOW])
    assert proven == {root.authorities[0].digests}
    another = _intermediate(window=(-6, 6))
    find_issuer(_leaf(CertificateKnobs(authority=another)), _root_with(another), [NOW])
    assert len(proven) == 1
