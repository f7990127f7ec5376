"""Rule 9 through the whole gate: a policy that asks a server, granted or not, and what comes of it.

The policy is an Extism program whose answer is the body that the server gave it, or Rego that
denies what that body lists.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from attest import api
from attest.config import Overrides, load_plan
from attest.evaluate import Evaluator
from attest.evaluate.capabilities import Answers, replay
from attest.fetch.call import HttpCalls
from attest.model.digest import Digest
from attest.model.report import Report
from attest.pipeline import run
from attest.report import Options, render
from fixtures.making.policies import rego
from tests.cli.command import attest
from tests.evaluate.abi.extism.test_requests import asking
from tests.fetch.server import Server, serving
from tests.fetch.test_tls import certificate
from tests.gate import CLEAN, CRITICAL, LATER, Gate, only_result, weakened

__all__ = ["certificate"]

CLEAN_ANSWER = b'{"violations": []}'
BAD_ANSWER = b'{"violations": ["it is exploited"]}'


@pytest.fixture
def server(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A feed over TLS that the system trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(context) as running:
        running.serve("/kev", CLEAN_ANSWER, "application/json")
        yield running


@pytest.fixture
def plain() -> Iterator[Server]:
    with serving() as running:
        running.serve("/kev", CLEAN_ANSWER, "application/json")
        yield running


class Asking(Gate):
    """A gate whose policies ask a server, written for one engine."""

    engine = "extism"


@pytest.fixture(params=["extism", "rego"])
def gate(tmp_path: Path, request: pytest.FixtureRequest) -> Asking:
    made = Asking(tmp_path)
    made.engine = request.param
    made.evidence(CLEAN)
    return made


def wanting(gate: Asking, server: Server, **entry: Any) -> None:
    """Add the policy that asks ``server``."""
    scheme = "https" if isinstance(server.socket, ssl.SSLSocket) else "http"
    request = {"url": f"{scheme}://{server.netloc}/kev", "method": "GET"}
    if gate.engine == "extism":
        gate.policy({"policy.wasm": asking("", request, body="")}, **entry)
        return
    said = f"http.send({json.dumps(request)}).body.violations"
    gate.policy(rego(f"package p\n\ndeny contains one if some one in {said}\n"), **entry)


def granting(server: Server, **more: Any) -> dict[str, Any]:
    """Return the grant for ``server``."""
    plain = "" if isinstance(server.socket, ssl.SSLSocket) else "http://"
    return {"http": [{"host": plain + server.netloc, "methods": ["GET"], **more}]}


def code(report: Report) -> str:
    """Return the code of the one result; an error names itself in the report's reason too."""
    line = only_result(report)
    if line.error is not None:
        assert (report.exit_code, report.reason.code) == (6, line.error.code)
    return line.error.code if line.error else line.outcome


def capabilities(report: Report) -> dict[str, tuple[str, ...]]:
    (line,) = report.policies
    return dict(line.capabilities)


def test_a_granted_call_decides_and_is_listed(gate: Asking, server: Server) -> None:
    wanting(gate, server, grant=granting(server))
    report = gate.run()
    assert code(report) == "passed"
    assert report.exit_code == 0
    place = f"https://{server.netloc}"
    seen = capabilities(report)
    assert seen["granted"] == (f"http GET {server.netloc}",)
    assert seen["used"] == (f"http GET {place} 200 {Digest.of(CLEAN_ANSWER)}",)
    assert weakened(report) == set()


def test_what_the_server_says_counts(gate: Asking, server: Server) -> None:
    server.serve("/kev", BAD_ANSWER, "application/json")
    gate.require("SARIF")
    wanting(gate, server, grant=granting(server))
    report = gate.run()
    assert (code(report), report.exit_code) == ("failed", 1)


def test_what_is_not_granted_is_forbidden_with_the_line_that_grants(
    gate: Asking, server: Server
) -> None:
    wanting(gate, server)
    report = gate.run()
    assert code(report) == "HTTP_FORBIDDEN"
    line = f'grant: {{http: [{{host: "{server.netloc}", methods: [GET]}}]}}'
    assert line in report.reason.message
    assert server.seen == []
    assert capabilities(report) == {"declared": (), "granted": (), "used": ()}


def test_another_method_is_forbidden(gate: Asking, server: Server) -> None:
    wanting(gate, server, grant=granting(server, methods=["POST"]))
    assert code(gate.run()) == "HTTP_FORBIDDEN"
    assert server.seen == []


@pytest.mark.parametrize("status", [404, 500])
def test_a_status_that_is_not_2xx_is_an_error_whatever_the_policy_says(
    gate: Asking, server: Server, status: int
) -> None:
    server.routes["/kev"] = lambda handler: handler.reply(status, CLEAN_ANSWER)
    wanting(gate, server, grant=granting(server))
    assert code(gate.run()) == "HTTP_STATUS"


def test_a_redirect_is_not_followed(gate: Asking, server: Server) -> None:
    server.routes["/kev"] = lambda handler: handler.reply(302, b"", Location="/other")
    server.serve("/other", CLEAN_ANSWER)
    wanting(gate, server, grant=granting(server))
    assert code(gate.run()) == "HTTP_STATUS"
    assert [path for path, _ in server.seen] == ["/kev"]


def test_a_server_that_is_gone_is_an_error(gate: Asking) -> None:
    with serving() as gone:
        wanting(gate, gone, grant=granting(gone))
    assert code(gate.run()) == "HTTP_FAILED"


def test_a_certificate_that_nobody_trusts_is_an_error(
    gate: Asking, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    wanting(gate, server, grant=granting(server))
    assert code(gate.run()) == "HTTP_FAILED"


def test_an_answer_beyond_all_bounds_is_an_error(gate: Asking, server: Server) -> None:
    server.routes["/kev"] = lambda handler: handler.start(200, Content_Length="99999999999")
    wanting(gate, server, grant=granting(server))
    assert code(gate.run()) == "HTTP_TOO_LARGE"


def test_a_slow_server_costs_no_more_than_the_policy_s_time(gate: Asking, server: Server) -> None:
    server.routes["/kev"] = lambda handler: handler.drip(b"HTTP/1.1 200 OK\r\n\r\n" * 900, 0.05)
    wanting(gate, server, grant=granting(server), limits={"timeout": "1s"})
    assert code(gate.run()) in {"TIMEOUT", "HTTP_FAILED"}
    assert not server.finished.is_set()


def test_plain_http_is_for_this_machine_and_is_listed(gate: Asking, plain: Server) -> None:
    wanting(gate, plain, grant=granting(plain))
    report = gate.run()
    assert code(report) == "passed"
    assert weakened(report) == {"plain HTTP"}


def test_may_fail_gives_the_policy_what_there_is(gate: Asking, server: Server) -> None:
    server.routes["/kev"] = lambda handler: handler.reply(404, CLEAN_ANSWER)
    wanting(gate, server, grant=granting(server, may_fail=True))
    report = gate.run()
    assert code(report) == "passed"
    assert weakened(report) == {"may_fail"}
    assert capabilities(report)["used"][0].split()[3] == "404"


def test_may_fail_does_not_answer_for_the_policy(gate: Asking) -> None:
    """Without an answer this policy has nothing to say, and that is no pass."""
    with serving() as gone:
        wanting(gate, gone, grant=granting(gone, may_fail=True))
    report = gate.run()
    assert report.exit_code == 6
    assert code(report) == {"extism": "NO_RESULT", "rego": "BUILTIN_ERROR"}[gate.engine]


def test_offline_refuses_and_opens_no_socket(gate: Asking, server: Server) -> None:
    wanting(gate, server, grant=granting(server))
    assert code(gate.run(offline=True)) == "HTTP_OFFLINE"
    assert server.seen == []


def test_one_request_of_many_documents_is_sent_once(gate: Asking, server: Server) -> None:
    gate.evidence(CRITICAL)
    wanting(gate, server, grant=granting(server))
    wanting(gate, server, grant=granting(server))
    report = gate.run()
    assert [line.outcome for line in report.results] == ["passed"] * 4
    assert len(server.seen) == 1


def test_a_second_run_from_the_record_gives_the_same_bytes(gate: Asking, server: Server) -> None:
    wanting(gate, server, grant=granting(server))
    plan = load_plan(str(gate.write()), Overrides(now=LATER))
    first = Answers(HttpCalls(offline=False).send)
    with Evaluator(answers=first) as evaluator:
        report = run(plan, evaluator)
    server.serve("/kev", BAD_ANSWER)
    second = replay(first.record())
    with Evaluator(answers=second) as evaluator:
        again = run(plan, evaluator)
    options = Options(reproducible=True)
    assert render(report, "json", options) == render(again, "json", options)
    assert second.record() == first.record()
    assert len(server.seen) == 1


def test_the_gate_writes_a_record(gate: Asking, server: Server, tmp_path: Path) -> None:
    wanting(gate, server, grant=granting(server))
    plan, folder = gate.write(), tmp_path / "a/record"
    ran = attest("gate", "-c", plan, "-o", "json", "--record", folder)
    assert ran.code == 0, ran
    index = json.loads((folder / "record.json").read_text())
    assert index["plan"] == ran.document["plan"]["digest"]
    assert (index["command"], index["exit_code"]) == ("gate", 0)
    assert [one["path"] for one in index["files"]] == ["host-calls.json", "report.json"]
    (call,) = json.loads((folder / "host-calls.json").read_text())["calls"]
    assert call["request"]["url"] == f"https://{server.netloc}/kev"
    assert call["answer"]["status"] == 200


def test_the_gate_shows_raw_data_on_request(gate: Asking, server: Server) -> None:
    wanting(gate, server, grant=granting(server))
    plan = gate.write()
    ran = attest("gate", "-c", plan, "-o", "json", "--include-raw-data")
    (result,) = ran.document["results"]
    assert json.loads(result["raw"]["input"]["text"])["runs"]
    assert result["raw"]["output"]["encoding"] == "utf-8"
    (result,) = attest("gate", "-c", plan, "-o", "json").document["results"]
    assert "raw" not in result


def test_python_takes_grants(server: Server) -> None:
    from attest.model.capability import Capabilities, HttpGrant

    request = {"url": f"https://{server.netloc}/kev", "method": "GET"}
    program = asking("", request, body="")
    denied = api.evaluate(program, b"{}")
    assert denied.problem is not None
    assert denied.problem.code == "HTTP_FORBIDDEN"
    granted = Capabilities((HttpGrant(server.netloc),))
    assert api.evaluate(program, b"{}", grants=granted).outcome.word == "passed"
