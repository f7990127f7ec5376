"""Certificates as bytes: the one place where they are parsed.

The library warns on stderr of a serial number that is not positive, and goes on. RFC 5280 §4.1.2.2
forbids one, so it is refused here before the library sees it.
"""

from __future__ import annotations

import base64
import re

from cryptography import x509

_LENGTH = rb"(?:[\x00-\x7f]|\x81.|\x82..|\x83...)"
_NOT_POSITIVE = re.compile(
    rb"\x30%b\x30%b(?:\xa0\x03\x02\x01.)?\x02(?:\x01\x00|%b[\x80-\xff])"
    % (_LENGTH, _LENGTH, _LENGTH),
    re.DOTALL,
)
_PEM = re.compile(
    rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----", re.ASCII
)


def load_certificate(der: bytes) -> x509.Certificate:
    """Parse a DER certificate; raise ``ValueError``, or what else the library raises."""
    if _NOT_POSITIVE.match(der):
        raise ValueError("its serial number is not positive (RFC 5280 §4.1.2.2)")
    return x509.load_der_x509_certificate(der)


def load_pem_certificate(pem: bytes) -> x509.Certificate:
    """Parse the first PEM block ``CERTIFICATE``; raise as `load_certificate` does."""
    block = _PEM.search(pem)
    if block is None:
        raise ValueError("there is no PEM block 'CERTIFICATE'")
    return load_certificate(base64.b64decode(b"".join(block[1].split()), validate=True))
