"""``attest policy eval`` and the outside world: granted by name, recorded, replayed without it."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import Ran, assert_refused, attest
from tests.evaluate.abi.extism.test_requests import asking
from tests.fetch.server import Server, serving
from tests.fetch.test_tls import certificate

__all__ = ["certificate"]


@pytest.fixture
def server(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A feed over TLS that the system trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(context) as running:
        running.serve("/kev", b'{"violations": []}', "application/json")
        yield running


@pytest.fixture
def folder(tmp_path: Path, server: Server) -> Path:
    """A policy that asks the feed, and a document."""
    request = {"url": f"https://{server.netloc}/kev", "method": "GET"}
    (tmp_path / "p.wasm").write_bytes(asking("", request, body=""))
    (tmp_path / "d.json").write_text("{}")
    return tmp_path


def ask(folder: Path, *words: str) -> Ran:
    return attest("policy", "eval", "p.wasm", "d.json", *words, "-o", "json", cwd=folder)


def test_nothing_is_granted_by_default(folder: Path, server: Server) -> None:
    ran = ask(folder)
    assert (ran.code, ran.document["error"]["code"]) == (6, "HTTP_FORBIDDEN")
    assert ran.document["capabilities"] == {"used": []}
    assert server.seen == []


@pytest.mark.parametrize("option", ["--allow-http", "--allowed-hostnames"])
def test_a_host_that_is_named_is_asked(folder: Path, server: Server, option: str) -> None:
    ran = ask(folder, option, "other.example", option, server.netloc)
    assert (ran.code, ran.document["outcome"]) == (0, "passed")
    (used,) = ran.document["capabilities"]["used"]
    assert used.startswith(f"http GET https://{server.netloc} 200 sha256:")


@pytest.mark.parametrize("host", ["*", "https://a/", "http://a.example", ""])
def test_what_is_no_host_is_refused(folder: Path, host: str) -> None:
    assert_refused(ask(folder, "--allow-http", host), 2, "OPTION_INVALID")


def test_a_record_replaces_the_network(folder: Path, server: Server) -> None:
    granted = ("--allow-http", server.netloc)
    first = ask(folder, *granted, "--record", "r")
    server.serve("/kev", b'{"violations": ["changed"]}')
    again = ask(folder, *granted, "--replay-io", "r/host-calls.json", "--record", "s")
    assert again.code == 0
    assert {**first.document, "usage": None} == {**again.document, "usage": None}
    assert first.document["usage"]["fuel"] == again.document["usage"]["fuel"]
    assert len(server.seen) == 1
    for name in ("host-calls.json", "record.json"):
        assert (folder / "r" / name).read_bytes() == (folder / "s" / name).read_bytes()


def test_a_record_grants_nothing(folder: Path, server: Server) -> None:
    ask(folder, "--allow-http", server.netloc, "--record", "r")
    ran = ask(folder, "--replay-io", "r/host-calls.json")
    assert ran.document["error"]["code"] == "HTTP_FORBIDDEN"


def test_what_is_not_in_the_record_is_an_error(folder: Path, server: Server) -> None:
    ask(folder, "--record", "empty")
    granted = ("--allow-http", server.netloc)
    ran = ask(folder, *granted, "--replay-io", "empty/host-calls.json")
    assert (ran.code, ran.document["error"]["code"]) == (6, "HTTP_UNRECORDED")
    assert server.seen == []


def test_a_damaged_record_is_refused(folder: Path) -> None:
    (folder / "bad.json").write_text(json.dumps({"schema": "x", "calls": []}))
    assert_refused(ask(folder, "--replay-io", "bad.json"), 2, "RECORD_INVALID")


def test_raw_data_is_shown_where_it_is_asked_for(folder: Path, server: Server) -> None:
    granted = ("--allow-http", server.netloc)
    assert "raw" not in ask(folder, *granted).document
    raw = ask(folder, *granted, "--include-raw-data").document["raw"]
    assert raw["input"]["text"] == "{}"
    assert raw["output"]["text"] == '{"violations": []}'
    assert raw["output"]["truncated"] is False
