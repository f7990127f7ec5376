"""Whom a TLS connection believes, and how it proves who the client is."""

from __future__ import annotations

import ssl

from attest.errors import FetchError
from attest.model.network import Host, Network


class Contexts:
    """One context for all hosts, and one for each that is shown a certificate of its own.

    Reading the system's authorities takes longer than a small request: it is done once.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._made: dict[tuple[str, str], ssl.SSLContext] = {}

    def of(self, host: Host) -> ssl.SSLContext:
        """Return the context for ``host``; raise NETWORK_UNUSABLE for files that are none."""
        key = (host.certificate, host.key)
        if key not in self._made:
            self._made[key] = _context(self._network, host)
        return self._made[key]


def _context(network: Network, host: Host) -> ssl.SSLContext:
    # Neither ssl.create_default_context nor urllib3's own: both write the keys of every session to
    # the file that SSLKEYLOGFILE names.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    context.set_alpn_protocols(["http/1.1"])
    context.load_default_certs()
    try:
        if network.authorities:
            context.load_verify_locations(cadata=network.authorities.decode("ascii"))
        if host.certificate:
            # A password that is not there is an error; without one OpenSSL asks the terminal.
            context.load_cert_chain(host.certificate, host.key, password="")
    except (OSError, ValueError) as error:
        what = host.certificate or "the certificate authorities of the plan"
        raise FetchError("NETWORK_UNUSABLE", f"{what}: {error}"[:300], where=what) from None
    return context
