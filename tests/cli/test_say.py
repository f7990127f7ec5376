"""What commands print: no text of a policy or of evidence steers a terminal or a CI runner."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attest.cli import places, say
from tests.cli.command import attest
from tests.report.test_escape import runs_a_command
from tests.report.test_hostile import harmless_characters

ATTACK = "\x1b[2J\x1b]0;t\x07\u202e\u2066\ufeff\x7f\r\n::error::gone\n##[error]gone\n##vso[task]x"
RULES = {
    "finding": 'deny contains {"msg": attack, "code": attack, "severity": attack}',
    "place": 'deny contains {"msg": "m", "location": attack, "remediation": attack}',
    "result": 'result := {"violations": [attack], attack: attack}',
    "skip": 'result := {"violations": [], "skipped": true, "skip_reason": attack}',
    "print": 'allow if print("::error::gone ##[error]x", attack)',
    "failure": "deny contains json.unmarshal(attack)",
    "denied call": 'deny contains http.send({"method": "get", "url": attack})',
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("fmt", ["text", "json"])
def test_a_hostile_policy_is_shown_harmlessly(tmp_path: Path, rule: str, fmt: str) -> None:
    source = f"package p\n\nattack := {json.dumps(ATTACK)}\n\n{RULES[rule]}\n"
    (tmp_path / "p.rego").write_text(source)
    (tmp_path / "d.json").write_text(json.dumps({"a": ATTACK}))
    words = ("policy", "eval", "p.rego", "d.json", "--include-raw-data", "--print", "-o", fmt)
    ran = attest(*words, cwd=tmp_path)
    assert ran.code in {1, 3, 6} if rule != "print" else ran.code == 0
    _harmless(ran.out + ran.err)
    if rule == "result" and fmt == "json":
        assert ran.document["violations"] == [ATTACK]  # and yet nothing is lost


def test_a_hostile_file_is_shown_harmlessly(tmp_path: Path) -> None:
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": ATTACK, "digest": {"sha256": "0" * 64}}],
        "predicateType": f"https://example.org/{ATTACK}",
        "predicate": {ATTACK: ATTACK},
    }
    (tmp_path / "a.json").write_text(json.dumps(statement))
    for fmt in ("text", "json"):
        ran = attest("inspect", "a.json", "-o", fmt, cwd=tmp_path)
        _harmless(ran.out + ran.err)


def test_a_hostile_name_is_refused_harmlessly(tmp_path: Path) -> None:
    for command in (("inspect",), ("verify", "x", "--bundle"), ("gate", "-c")):
        ran = attest(*command, f"no{ATTACK}", cwd=tmp_path)
        assert ran.code in {2, 3}
        _harmless(ran.out + ran.err)


def _harmless(text: str) -> None:
    assert harmless_characters(text)
    assert not any(runs_a_command(line) for line in text.split("\n"))


def test_json_keeps_its_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    say.document({ATTACK: ["é", ATTACK]})
    text = capsys.readouterr().out
    _harmless(text)
    assert json.loads(text) == {ATTACK: ["é", ATTACK]}
    assert "é" in text


def test_lines_of_output_and_notices(capsys: pytest.CaptureFixture[str]) -> None:
    for write in (say.line, say.notice):
        write(f"::error::{ATTACK}")
    out, err = capsys.readouterr()
    for written in (out, err):
        assert written.count("\n") == 1
        _harmless(written)


def test_what_a_lock_or_a_copy_notes_is_a_notice(capsys: pytest.CaptureFixture[str]) -> None:
    places.notices()(f"! {ATTACK}")
    err = capsys.readouterr().err
    assert err.startswith("attest: ")
    assert err.count("\n") == 1
    _harmless(err)
