"""``attest policy``: the life of a policy. In this version: ``eval``."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

import click

from attest.cli import options, policy_output


@click.group()
def policy() -> None:
    """Evaluate and develop policies."""


@policy.command("eval")
@click.argument("policy_source", metavar="POLICY")
@click.argument("material", required=False)
@click.option("--material", "material_option", metavar="FILE", help="The document; - is stdin.")
@click.option("--kind", metavar="KIND", help="The kind of the document.")
@click.option("--engine", metavar="NAME", help="Refuse the policy unless it is for this engine.")
@click.option("--entrypoint", metavar="PKG/RULE", help="Ask this rule alone.")
@click.option("--v0-compatible", is_flag=True, help="Read Rego in version 0.")
@click.option("--input", "inputs", multiple=True, metavar="NAME=VALUE", help="An argument.")
@click.option("--data", "data", multiple=True, metavar="FILE", help="A data document.")
@click.option("--timeout", metavar="10s", help="Wall-clock limit.")
@click.option("--memory", metavar="128MiB", help="Memory limit.")
@click.option("--fuel", type=click.IntRange(1), metavar="N", help="Instruction limit.")
@options.at_option
@options.cross_check_option
@click.option("--print", "show_logs", is_flag=True, help="Show what the policy prints.")
@click.option(
    "-o", "--output", "fmt", type=click.Choice(["text", "json"]), default="text", help="Format."
)
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
    engine: str | None,
    entrypoint: str | None,
    v0_compatible: bool,
    inputs: tuple[str, ...],
    data: tuple[str, ...],
    timeout: str | None,
    memory: str | None,
    fuel: int | None,
    at: datetime | None,
    cross_check: bool,
    show_logs: bool,
    fmt: str,
    color: str,
    quiet: bool,
    debug: bool,  # noqa: ARG001  # read by main
) -> None:
    """Ask one POLICY about one document (a file, or - for stdin).

    POLICY is a .rego or .wasm file, a folder, a policy.yaml or a reference. Unsigned is fine here,
    and said so.
    """
    from attest import authoring
    from attest.cli import policy_request
    from attest.cli.progress import clear, progress_to_stderr

    moment = at or datetime.now(UTC)
    document = policy_request.read(material, material_option)
    loaded = authoring.load(policy_request.source(policy_source), moment)
    chosen = policy_request.adjust(
        authoring.one_policy(loaded, kind),
        engine=engine,
        entrypoint=entrypoint,
        v0_compatible=v0_compatible,
        data=[options.reference(path, "--data") for path in data],
    )
    request = authoring.Request(
        at=moment,
        limits=policy_request.limits(timeout, memory, fuel),
        arguments=policy_request.arguments(inputs),
        cross_check=cross_check,
    )
    decision = authoring.ask(chosen, document, request, progress_to_stderr(quiet=quiet))
    clear()
    if fmt == "json":
        shown = policy_output.document(decision)
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        color_on = options.wants_color(color, sys.stdout)
        for line in policy_output.lines(chosen, decision, color=color_on, logs=show_logs):
            click.echo(line, color=color_on)
    ctx.exit(policy_output.exit_code(decision))
