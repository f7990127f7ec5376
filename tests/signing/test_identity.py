"""Keyless signing against a Sigstore instance on loopback."""

from __future__ import annotations

import json
import socket
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import AttestError, FetchError, UsageError
from attest.model.artifact import Artifact, Reference
from attest.model.trust import CertificateSigner, Match, Trust, Verified
from attest.signing import sign_with_identity
from attest.testing import edit, remove, statement
from attest.verify import Verifier
from tests.signing.instance import IDENTITY, ISSUER, Instance, token

BLOB = b"released\n"
STATEMENT = statement({"app": BLOB}, "https://example.org/predicate/v1", {})


def verified(instance: Instance, bundle: bytes) -> Verified:
    signer = CertificateSigner("me", "box", Match(IDENTITY), Match(ISSUER))
    trust = Trust({"box": instance.box.trusted_root()}, {"me": signer})
    verifier = Verifier(trust, instance.box.now + timedelta(minutes=1))
    artifact, message = (Artifact.of(Reference.parse("x"), each) for each in (bundle, BLOB))
    return verifier.bundle(artifact, [message])


@pytest.mark.parametrize("rekor", [1, 2])
def test_file(instance: Instance, rekor: int) -> None:
    config = instance.trust_config(rekor=rekor)
    bundle = sign_with_identity(BLOB, token(), trust_config=config)
    assert verified(instance, bundle).signers[0].identity == IDENTITY


@pytest.mark.parametrize("rekor", [1, 2])
def test_statement(instance: Instance, rekor: int) -> None:
    config = instance.trust_config(rekor=rekor)
    bundle = sign_with_identity(STATEMENT, token(), trust_config=config, statement=True)
    assert verified(instance, bundle).payload == STATEMENT


def test_without_timestamp_authority(instance: Instance) -> None:
    config = instance.trust_config(tsa=False)
    bundle = sign_with_identity(BLOB, token(), trust_config=config)
    assert [each.source for each in verified(instance, bundle).times] == ["tlog"]


@pytest.mark.parametrize("path", ["/api/v2/signingCert", "/api/v1/log/entries", "/tsa"])
def test_each_service_must_answer(instance: Instance, path: str) -> None:
    instance.broken.add(path)
    with pytest.raises(FetchError) as refused:
        sign_with_identity(BLOB, token(), trust_config=instance.trust_config())
    assert refused.value.code == "SIGNING_UNAVAILABLE"


def test_certificate_of_a_strange_log_is_refused(instance: Instance) -> None:
    config = instance.trust_config()
    strange = edit(config, "/trustedRoot/ctlogs/0/logId/keyId", "AAAA")
    strange = edit(
        strange,
        "/trustedRoot/ctlogs/0/publicKey",
        json.loads(config)["trustedRoot"]["tlogs"][0]["publicKey"],
    )
    with pytest.raises(FetchError) as refused:
        sign_with_identity(BLOB, token(), trust_config=strange)
    assert refused.value.code == "SIGNING_UNAVAILABLE"


def test_silent_service_is_given_up(instance: Instance) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        config = edit(instance.trust_config(), "/signingConfig/caUrls/0/url", url)
        with pytest.raises(FetchError, match=r"within 0\.5 seconds") as refused:
            sign_with_identity(BLOB, token(), trust_config=config, deadline=0.5)
    assert refused.value.code == "SIGNING_UNAVAILABLE"


@pytest.mark.parametrize(
    "wrong", [token(lifetime=-60), token(audience="somebody"), "", "a.b.c", "é"]
)
def test_token_is_refused(instance: Instance, wrong: str) -> None:
    with pytest.raises(UsageError) as refused:
        sign_with_identity(BLOB, wrong, trust_config=instance.trust_config())
    assert refused.value.code == "IDENTITY_TOKEN_INVALID"


def test_token_never_travels_in_the_clear(instance: Instance) -> None:
    url = "http://fulcio.example.org"
    config = edit(instance.trust_config(), "/signingConfig/caUrls/0/url", url)
    with pytest.raises(UsageError, match=r"http://fulcio\.example\.org") as refused:
        sign_with_identity(BLOB, token(), trust_config=config)
    assert refused.value.code == "TRUST_CONFIG_MALFORMED"


@pytest.mark.parametrize(
    "pointer",
    ["/mediaType", "/trustedRoot", "/signingConfig", "/signingConfig/caUrls", "/trustedRoot/tlogs"],
)
def test_incomplete_trust_config_is_refused(instance: Instance, pointer: str) -> None:
    config = remove(instance.trust_config(), pointer)
    with pytest.raises(AttestError) as refused:
        sign_with_identity(BLOB, token(), trust_config=config)
    assert refused.value.code in {"TRUST_CONFIG_MALFORMED", "SIGNING_UNAVAILABLE"}


_JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["signingConfig", "caUrls", "url", "x"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(st.binary(max_size=200) | _JSON.map(lambda value: json.dumps(value).encode()))
@settings(derandomize=True, max_examples=150)
def test_no_trust_config_escapes_as_another_error(content: bytes) -> None:
    with pytest.raises(UsageError) as refused:
        sign_with_identity(BLOB, "token", trust_config=content)
    assert refused.value.code in {"TRUST_CONFIG_MALFORMED", "IDENTITY_TOKEN_INVALID"}


def test_unsound_statement_is_not_signed() -> None:
    with pytest.raises(UsageError) as refused:
        sign_with_identity(b"{}", "token", trust_config=b"{}", statement=True)
    assert refused.value.code == "STATEMENT_UNSOUND"


def test_huge_trust_config_is_refused() -> None:
    with pytest.raises(UsageError) as refused:
        sign_with_identity(BLOB, "token", trust_config=b" " * (4 << 20) + b"{}")
    assert refused.value.code == "TRUST_CONFIG_MALFORMED"
