"""Over TLS: the certificate is checked, and so are digest, deadline and address."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from attest.errors import FetchError
from attest.fetch import Fetcher, FetchLimits
from attest.fetch.transport import Deadline, Transport
from attest.fetch.urls import Url
from attest.model.artifact import Reference
from attest.model.digest import Digest
from tests.fetch.helpers import FAST, REGO, assert_code
from tests.fetch.server import Handler, Server, serving

SLOW = FetchLimits(deadline=0.4, backoff=0.0, attempts=1)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of our own for the loopback address, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture
def server(certificate: Path, home: Path) -> Iterator[Server]:
    """A web server whose certificate nobody trusts yet."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(context) as running:
        yield running


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the system trust the certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


def fetch(server: Server, pin: bytes = REGO, limits: FetchLimits = FAST, host: str = "") -> bytes:
    place = f"//{host or '127.0.0.1'}:{server.server_port}/p.rego"
    with Fetcher(offline=False, limits=limits) as fetcher:
        return fetcher.policy(Reference("https", place, Digest.of(pin))).artifact.content


def refused_with(code: str, exit_code: int, server: Server, pin: bytes = REGO) -> None:
    with pytest.raises(FetchError) as refused:
        fetch(server, pin, SLOW)
    assert_code(refused, code, exit_code)


def test_a_pinned_file_is_fetched(server: Server, trusted: None) -> None:
    server.serve("/p.rego", REGO)
    assert fetch(server) == REGO


def test_other_bytes_are_refused(server: Server, trusted: None) -> None:
    server.serve("/p.rego", REGO)
    refused_with("DIGEST_MISMATCH", 4, server, b"other")


def test_a_file_that_is_not_there(server: Server, trusted: None) -> None:
    refused_with("NOT_FOUND", 5, server)


def test_a_certificate_that_nobody_trusts(server: Server) -> None:
    server.serve("/p.rego", REGO)
    refused_with("REGISTRY_UNTRUSTED", 5, server)
    assert server.seen == []


def test_a_certificate_of_another_host(server: Server, trusted: None) -> None:
    server.serve("/p.rego", REGO)
    with pytest.raises(FetchError) as refused:
        fetch(server, host="localhost")
    assert_code(refused, "REGISTRY_UNTRUSTED", 5)


def test_a_slow_server_is_held_to_the_deadline(server: Server, trusted: None) -> None:
    def slow_head(handler: Handler) -> None:
        handler.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n", 0.05)

    server.routes["/p.rego"] = slow_head
    refused_with("FETCH_TIMEOUT", 5, server)
    assert not server.finished.is_set()


def test_a_server_that_never_shakes_hands(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"//127.0.0.1:{silent.getsockname()[1]}/p.rego"
        with Fetcher(offline=False, limits=SLOW) as fetcher, pytest.raises(FetchError) as refused:
            fetcher.policy(Reference("https", place, Digest.of(REGO)))
    assert_code(refused, "FETCH_TIMEOUT", 5)


def test_a_redirect_does_not_leave_https(server: Server, trusted: None, home: Path) -> None:
    with serving() as plain:
        plain.serve("/p.rego", REGO)
        location = f"http://{plain.netloc}/p.rego"
        server.routes["/p.rego"] = lambda handler: handler.reply(302, Location=location)
        refused_with("REDIRECT_REFUSED", 5, server)
        assert plain.seen == []


def test_what_a_public_server_names_must_be_public(server: Server, trusted: None) -> None:
    server.serve("/p.rego", REGO)
    transport = Transport(FAST)
    url = Url.parse(f"https://127.0.0.1:{server.server_port}/p.rego")
    for least in (1, 2):
        with pytest.raises(FetchError) as refused:
            transport.get(url, {}, limit=99, too_large="X", deadline=Deadline(5), least=least)
        assert_code(refused, "REDIRECT_REFUSED", 5)
    assert server.seen == []
    transport.close()


@pytest.mark.parametrize("locator", ["//example.test:0/", "//u@example.test/", "", "//"])
def test_a_malformed_url_is_refused(locator: str) -> None:
    with Fetcher(offline=False) as fetcher, pytest.raises(FetchError) as refused:
        fetcher.policy(Reference("https", locator, Digest.of(REGO)))
    assert_code(refused, "REFERENCE_MALFORMED", 2)


def test_a_url_without_digest_is_refused() -> None:
    with Fetcher(offline=False) as fetcher, pytest.raises(FetchError) as refused:
        fetcher.policy(Reference("https", "//example.test/p.rego"))
    assert_code(refused, "DIGEST_REQUIRED", 2)
