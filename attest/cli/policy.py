"""``attest policy``: the life of a policy. In this version: eval, push, sign, pull."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from attest.cli import options, policy_output, policy_publish, say
from attest.cli.policy_host import Outside, outside_options
from attest.cli.policy_options import (
    Adjustments,
    Question,
    adjustment_options,
    question_options,
)

if TYPE_CHECKING:
    from attest.model.policy import Policy
    from attest.model.verdict import Decision


@click.group()
def policy() -> None:
    """Evaluate, publish and fetch policies."""


@policy.command("eval")
@click.argument("policy_source", metavar="POLICY")
@click.argument("material", required=False)
@click.option("--material", "material_option", metavar="FILE", help="The document; - is stdin.")
@click.option("--kind", metavar="KIND", help="The kind of the document.")
@adjustment_options
@question_options
@outside_options
@click.option("--print", "show_logs", is_flag=True, help="Show what the policy prints.")
@click.option(
    "-o", "--output", "fmt", type=click.Choice(["text", "json"]), default="text", help="Format."
)
@options.allow_tag_option
@options.color_option
@options.quiet_option
@options.debug_option
@click.pass_context
def evaluate(
    ctx: click.Context,
    policy_source: str,
    material: str | None,
    material_option: str | None,
    kind: str | None,
    adjustments: Adjustments,
    question: Question,
    outside: Outside,
    show_logs: bool,
    fmt: str,
    allow_tag: bool,
    color: str,
    quiet: bool,
) -> None:
    """Ask one POLICY about one document (a file, or - for stdin).

    POLICY is a .rego or .wasm file, a folder, a policy.yaml or a reference. Unsigned is fine here,
    and said so.
    """
    from attest import authoring
    from attest.cli import policy_request, record
    from attest.cli.progress import clear, progress_to_stderr

    moment = question.at or datetime.now(UTC)
    document = policy_request.read(material, material_option)
    place = policy_request.source(policy_source)
    loaded = authoring.load(place, moment, allow_tag=allow_tag)
    if loaded.source != place:
        say.notice(f"attest: the policy is {loaded.source}")
    chosen = policy_request.adjust(authoring.one_policy(loaded, kind), adjustments)
    folder, answers = record.prepare(outside.record), outside.answers()
    request = policy_request.request(question, moment)
    host = outside.host(chosen, answers, request.limits.timeout)
    request = replace(request, host=host, include_raw=outside.include_raw_data)
    decision = authoring.ask(chosen, document, request, progress_to_stderr(quiet=quiet))
    record.write(folder, {record.HOST_CALLS: answers.record()}, command="policy eval")
    clear()
    if fmt == "json":
        say.document(policy_output.document(decision, host.used))
    else:
        _print(chosen, decision, color=color, logs=show_logs)
    ctx.exit(policy_output.exit_code(decision))


def _print(chosen: Policy, decision: Decision, *, color: str, logs: bool) -> None:
    color_on = options.wants_color(color, sys.stdout)
    for line in policy_output.lines(chosen, decision, color=color_on, logs=logs):
        say.text(line, color=color_on)


policy.add_command(policy_publish.push)
policy.add_command(policy_publish.pull)
policy.add_command(policy_publish.sign)
