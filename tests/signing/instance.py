"""A Sigstore instance on loopback: Fulcio, Rekor v1 and v2, and a timestamp authority.

It issues to anybody: what is tested is the client, not the authority.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from attest.signing.bundle import canonical
from attest.signing.signature import PublicKey
from attest.testing import CertificateKnobs, LogKnobs, PrivateSigstore, entries, fulcio, log, tsa

IDENTITY = "release@example.org"
ISSUER = "https://accounts.example.org"
CONFIG = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"
SIGNING = "application/vnd.dev.sigstore.signingconfig.v0.2+json"


@dataclass
class Instance:
    """The services; ``broken`` names paths that answer 500."""

    box: PrivateSigstore
    url: str = ""
    broken: set[str] = field(default_factory=set)

    def trust_config(self, *, rekor: int = 1, tsa: bool = True) -> bytes:
        """Return the ClientTrustConfig of this instance."""
        return canonical(
            {
                "mediaType": CONFIG,
                "trustedRoot": json.loads(self.box.trusted_root()),
                "signingConfig": {
                    "mediaType": SIGNING,
                    "caUrls": [self._service("", 1)],
                    "oidcUrls": [],
                    "rekorTlogUrls": [self._service("", rekor)],
                    "rekorTlogConfig": {"selector": "ANY"},
                    "tsaUrls": [self._service("/tsa", 1)] if tsa else [],
                    "tsaConfig": {"selector": "ANY"},
                },
            }
        )

    def answer(self, path: str, body: bytes) -> bytes:
        """Return the answer to a POST."""
        answers: dict[str, Callable[[bytes], bytes]] = {
            "/api/v2/signingCert": self._certificate,
            "/api/v1/log/entries": self._entry_v1,
            "/api/v2/log/entries": self._entry_v2,
            "/tsa": self._timestamp,
        }
        return answers[path](body)

    def _service(self, path: str, version: int) -> dict[str, Any]:
        start = (self.box.now - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "url": self.url + path,
            "majorApiVersion": version,
            "validFor": {"start": start},
            "operator": "example.org",
        }

    def _certificate(self, body: bytes) -> bytes:
        request = x509.load_pem_x509_csr(
            base64.b64decode(json.loads(body)["certificateSigningRequest"])
        )
        public = request.public_key()
        assert isinstance(public, PublicKey)
        leaf = fulcio.issue(
            fulcio.Holder(IDENTITY, ISSUER, {}),
            public,
            (self.box.now, self.box.now + timedelta(minutes=10)),
            self.box.authority,
            self.box.ct_log,
            CertificateKnobs(),
        )
        chain = [leaf, *self.box.authority.chain]
        pems = [each.public_bytes(Encoding.PEM).decode() for each in chain]
        return canonical({"signedCertificateEmbeddedSct": {"chain": {"certificates": pems}}})

    def _entry_v1(self, body: bytes) -> bytes:
        proposed = json.loads(body)
        if proposed["kind"] == "dsse":
            content = proposed["spec"]["proposedContent"]
            proposed = entries.dsse(json.loads(content["envelope"]), content["verifiers"][0])
        entry = log.record(self.box.log, proposed, self.box.now, LogKnobs())
        proof = entry["inclusionProof"]
        answer = {
            "body": entry["canonicalizedBody"],
            "integratedTime": int(entry["integratedTime"]),
            "logID": _hex(entry["logId"]["keyId"]),
            "logIndex": int(entry["logIndex"]),
            "verification": {
                "signedEntryTimestamp": entry["inclusionPromise"]["signedEntryTimestamp"],
                "inclusionProof": {
                    "checkpoint": proof["checkpoint"]["envelope"],
                    "hashes": [_hex(each) for each in proof["hashes"]],
                    "logIndex": int(proof["logIndex"]),
                    "rootHash": _hex(proof["rootHash"]),
                    "treeSize": int(proof["treeSize"]),
                },
            },
        }
        return canonical({"uuid": answer})

    def _entry_v2(self, body: bytes) -> bytes:
        request = json.loads(body)["hashedRekordRequestV002"]
        spec = {
            "data": {"algorithm": "SHA2_256", "digest": request["digest"]},
            "signature": request["signature"],
        }
        proposed = {
            "apiVersion": "0.0.2",
            "kind": "hashedrekord",
            "spec": {"hashedRekordV002": spec},
        }
        return canonical(log.record(self.box.log_v2, proposed, self.box.now, LogKnobs()))

    def _timestamp(self, body: bytes) -> bytes:
        _, imprint, *options = _items(_value(body))
        digest = _value(_items(_value(imprint))[1])
        nonces = [int.from_bytes(_value(each), "big") for each in options if each[0] == 0x02]
        return tsa.respond(self.box.timestamp_authority, digest, self.box.now, nonce=nonces[0])


def token(*, lifetime: int = 600, audience: str = "sigstore") -> str:
    """Return an unsigned OpenID Connect token."""
    now = int(datetime.now(UTC).timestamp())
    claims = {
        "iss": ISSUER,
        "sub": IDENTITY,
        "aud": audience,
        "iat": now - 1,
        "exp": now + lifetime,
    }
    parts = ({"alg": "RS256", "typ": "JWT"}, claims)
    head, body = (base64.urlsafe_b64encode(canonical(p)).rstrip(b"=").decode() for p in parts)
    return f"{head}.{body}.c2lnbmF0dXJl"


@contextmanager
def running() -> Iterator[Instance]:
    """Run an instance whose time is the present: the client compares it with its own clock."""
    instance = Instance(PrivateSigstore(datetime.now(UTC)))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            failed = self.path in instance.broken
            answer = b"{}" if failed else instance.answer(self.path, body)
            self.send_response(500 if failed else 201)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    instance.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield instance
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _hex(text: str) -> str:
    return base64.b64decode(text).hex()


def _value(encoded: bytes) -> bytes:
    """Return the contents of one DER value shorter than 128 bytes."""
    return encoded[2 : 2 + encoded[1]]


def _items(body: bytes) -> list[bytes]:
    """Split the contents of a sequence."""
    found = []
    while body:
        size = 2 + body[1]
        found.append(body[:size])
        body = body[size:]
    return found
