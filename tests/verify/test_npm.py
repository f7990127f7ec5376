"""npm packages: the registry's key, and what must be attested together."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from attest.errors import UsageError, VerificationError
from attest.model.digest import Digest
from attest.model.trust import KeySigner, Require
from attest.verify.keys import load_pem
from attest.verify.npm import (
    PUBLISH,
    REGISTRY,
    SIGNERS,
    Attested,
    Package,
    demand_package,
    registry_signers,
)

DATA = Path(__file__).resolve().parents[2] / "attest" / "verify" / "data"
VECTORS = Path(__file__).resolve().parents[3] / "shared" / "vectors"
PACKAGE = Package("left-pad", "1.3.0")
OTHER = "NPM_PACKAGE_MISMATCH"
PURL = "pkg:npm/left-pad@1.3.0"
RIGHT = {"name": "left-pad", "version": "1.3.0", "registry": REGISTRY}
PUBLISHED = Attested(
    PUBLISH,
    (PURL,),
    RIGHT,
    by_registry=True,
)
BUILT = Attested("https://slsa.dev/provenance/v1", (PURL,), {}, by_registry=False)


def test_the_registry_s_keys_are_the_ones_written_down() -> None:
    told = (DATA / "README.md").read_text()
    assert sha256((DATA / "npm.json").read_bytes()).hexdigest() in told
    signers = registry_signers("public-good")
    assert tuple(signers) == SIGNERS
    old, new = signers.values()
    assert isinstance(old, KeySigner)
    assert isinstance(new, KeySigner)
    assert old.valid_until == datetime(2025, 1, 29, tzinfo=UTC)
    assert new.valid_until is None
    for one in (old, new):
        assert load_pem(one.pem).digest.value in told
        assert (one.root, one.require) == ("public-good", Require(1, 0, 1))


@pytest.mark.skipif(not VECTORS.exists(), reason="the public vectors are not here")
def test_the_old_key_is_the_public_one() -> None:
    public = load_pem((VECTORS / "keys" / "npm.pub").read_bytes())
    old = registry_signers("r")[SIGNERS[0]]
    assert isinstance(old, KeySigner)
    assert Digest.of(load_pem(old.pem).der) == public.digest


def test_both_together() -> None:
    demand_package(PACKAGE, [PUBLISHED, BUILT])
    demand_package(Package("left-pad", None), [BUILT, PUBLISHED])
    older = BUILT._replace(predicate_type="https://slsa.dev/provenance/v0.2")
    demand_package(PACKAGE, [PUBLISHED, older])


@pytest.mark.parametrize(
    ("attested", "code"),
    [
        ([], "NPM_PUBLISH_MISSING"),
        ([BUILT], "NPM_PUBLISH_MISSING"),
        ([BUILT, PUBLISHED._replace(by_registry=False)], "NPM_PUBLISH_MISSING"),
        ([PUBLISHED], "NPM_PROVENANCE_MISSING"),
        ([PUBLISHED, BUILT._replace(by_registry=True)], "NPM_PROVENANCE_MISSING"),
        ([PUBLISHED, BUILT._replace(subjects=("pkg:npm/left-pad@1.3.1",))], OTHER),
        ([PUBLISHED, BUILT._replace(subjects=(None,))], OTHER),
        ([PUBLISHED._replace(subjects=("pkg:npm/right-pad@1.3.0",)), BUILT], OTHER),
        ([PUBLISHED._replace(predicate=None), BUILT], OTHER),
        *(
            ([PUBLISHED._replace(predicate={**RIGHT, **change}), BUILT], OTHER)
            for change in (
                {"name": "right-pad"}, {"version": "1.3.1"}, {"version": 1},
                {"registry": "https://registry.test"},
            )
        ),
    ],
)  # fmt: skip
def test_what_is_missing_or_about_another(attested: list[Attested], code: str) -> None:
    with pytest.raises(VerificationError) as refusal:
        demand_package(PACKAGE, attested)
    assert refusal.value.code == code
    assert refusal.value.exit_code == 4


def test_the_names_of_packages() -> None:
    assert Package.parse("left-pad") == Package("left-pad", None)
    assert Package.parse("left-pad@1.3.0") == PACKAGE
    assert Package.parse("@scope/name@1.0.0-rc.1") == Package("@scope/name", "1.0.0-rc.1")
    assert Package.parse("@scope/name") == Package("@scope/name", None)
    for text in ("", "@", "a/b", "left-pad@", "@scope/a/b", "@/"):
        with pytest.raises(UsageError) as refusal:
            Package.parse(text)
        assert refusal.value.code == "OPTION_INVALID"


def test_the_names_of_subjects() -> None:
    scoped = Package("@scope/name", "1.0.0")
    assert scoped.named("pkg:npm/%40scope/name@1.0.0")
    assert not scoped.named("pkg:npm/@scope/name@1.0.0")
    assert not PACKAGE.named("pkg:npm/left-pad@1.3.0-rc")
    assert not PACKAGE.named(None)
    assert Package("left", None).named("pkg:npm/left@1")
    assert not Package("left", None).named("pkg:npm/left-pad@1")


@pytest.mark.parametrize(
    ("attested", "code"),
    [
        ((BUILT._replace(by_registry=True), BUILT), "NPM_PUBLISH_MISSING"),
        ((PUBLISHED._replace(by_registry=False), BUILT), "NPM_PUBLISH_MISSING"),
        ((PUBLISHED, BUILT._replace(predicate_type="https://x.test")), "NPM_PROVENANCE_MISSING"),
        ((PUBLISHED, BUILT._replace(by_registry=True)), "NPM_PROVENANCE_MISSING"),
    ],
)
def test_each_says_its_own_and_nothing_else(attested: tuple[Attested, ...], code: str) -> None:
    with pytest.raises(VerificationError) as refusal:
        demand_package(PACKAGE, attested)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("package", "told"),
    [
        (Package("right-pad", "1.0.0"), "right-pad@1.0.0 on"),
        (Package("right-pad", None), "right-pad on"),
    ],
)
def test_what_was_expected_is_told(package: Package, told: str) -> None:
    with pytest.raises(VerificationError, match=f"expected package {told}"):
        demand_package(package, (PUBLISHED, BUILT))
