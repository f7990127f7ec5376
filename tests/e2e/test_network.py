"""What a plan says about the network, decided by the gate; and no secret in any of its outputs."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from attest.fetch.manifest import INDEX
from attest.model.digest import Digest
from attest.model.report import Report
from attest.report import FORMATS, Options, render
from fixtures.making.case import pinned
from fixtures.making.evidence import SARIF, about, by_scanner, scan
from tests.fetch.hostile import referrers_path
from tests.fetch.server import Handler, Server, image, index, serving
from tests.fetch.test_auth import bearer, demand
from tests.fetch.tls import Authority
from tests.gate import Gate, weakened

PASSWORD = "correct-horse-battery"  # noqa: S105  # of this test alone
BASIC = base64.b64encode(f"robot:{PASSWORD}".encode()).decode()
TOKEN = "dG9rZW4tdGhhdC1ub2JvZHktbWF5LXNlZQ"  # noqa: S105  # of this test alone
LOGIN = {"username_env": "REGISTRY_USER", "password_env": "REGISTRY_PASSWORD"}


def _token(handler: Handler) -> None:
    known = handler.headers.get("Authorization") == f"Basic {BASIC}"
    handler.reply(200 if known else 401, json.dumps({"token": TOKEN}).encode() if known else b"")


class Secured:
    """A gate that requires a scan beside an image in a registry over TLS that wants a login."""

    def __init__(self, server: Server, authority: Authority, folder: Path) -> None:
        reference = server.policy()
        assert reference.digest is not None
        scanned = by_scanner(about(SARIF, scan(), image(b"package main\n")))
        assert Digest.of(image(b"package main\n")) == reference.digest
        listed = index(server.attachment(reference.digest, scanned))
        server.serve(referrers_path(reference), listed, INDEX)
        demand(server, bearer(server.netloc, "https"), f"Bearer {TOKEN}")
        server.routes["/token"] = _token
        self.host = server.netloc
        self.gate = Gate(folder)
        self.gate.plan["subjects"] = [str(reference)]
        self.gate.plan["evidence"]["sources"] = ["oci:referrers"]
        self.gate.require()
        self.gate.case.files["trust/ca.pem"] = authority.pem
        self.pin = pinned(authority.pem)

    def run(self, host: dict[str, Any], *, believed: bool = True) -> Report:
        """Decide with what the plan says about the registry."""
        self.gate.plan["network"] = {"hosts": {self.host: host}}
        if believed:
            ca = {"path": "trust/ca.pem", "sha256": self.pin}
            self.gate.plan["network"]["ca"] = ca
        return self.gate.run()


@pytest.fixture
def secured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Secured]:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("REGISTRY_USER", "robot")
    monkeypatch.setenv("REGISTRY_PASSWORD", PASSWORD)
    authority = Authority(tmp_path)
    with serving(authority.server()) as server:
        yield Secured(server, authority, tmp_path)


def test_a_registry_that_the_plan_knows(secured: Secured) -> None:
    report = secured.run({"plain_http": False, **LOGIN})
    assert (report.exit_code, weakened(report)) == (0, set()), report.reason


def test_each_thing_that_is_missing_is_exit_5(secured: Secured) -> None:
    for host, believed, why in (
        ({"plain_http": False, **LOGIN}, False, "REGISTRY_UNTRUSTED"),
        ({"plain_http": False}, True, "REGISTRY_DENIED"),
    ):
        report = secured.run(host, believed=believed)
        assert (report.exit_code, report.reason.code) == (5, "DISCOVERY_INCOMPLETE")
        assert why in report.reason.message


@pytest.mark.parametrize("password", [PASSWORD, f"{PASSWORD}-wrong"])
def test_no_secret_is_in_any_output(
    secured: Secured,
    password: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("REGISTRY_PASSWORD", password)
    with caplog.at_level(logging.DEBUG):
        report = secured.run({"plain_http": False, **LOGIN})
    said = caplog.text + "".join(capfd.readouterr())
    for name in FORMATS:
        said += render(report, name, Options())
    basic = base64.b64encode(f"robot:{password}".encode()).decode()
    assert report.exit_code == (0 if password == PASSWORD else 5)
    for secret in (password, basic, TOKEN):
        assert secret not in said


def test_plain_http_is_listed_as_weakening(secured: Secured) -> None:
    secured.gate.plan["subjects"] = ["dist/app.tar.gz"]
    secured.gate.plan["evidence"]["sources"] = ["dir:evidence"]
    secured.gate.evidence(by_scanner(about(SARIF, scan())))
    secured.host = "registry.test:5000"
    report = secured.run({"plain_http": True}, believed=False)
    assert (report.exit_code, weakened(report)) == (0, {"plain_http"}), report.reason
