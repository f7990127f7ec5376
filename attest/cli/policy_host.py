"""What a policy may ask of the outside world in ``attest policy eval``, and where answers go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from attest.cli import options
from attest.cli.groups import gathered
from attest.errors import UsageError
from attest.model.frozen import frozen

if TYPE_CHECKING:
    from attest.evaluate.capabilities import Answers, PolicyHost
    from attest.model.policy import Policy

_RECORD_LIMIT = 256 << 20


@frozen
class Outside:
    """The hosts that are granted, the record that is replayed, and where one is written."""

    allow_http: tuple[str, ...]
    replay_io: str | None
    record: str | None
    include_raw_data: bool

    def answers(self) -> Answers:
        """Return the answers to host calls: from the network, or from a record alone."""
        from attest.evaluate.capabilities import Answers, replay
        from attest.fetch import Fetcher
        from attest.fetch.call import HttpCalls

        if self.replay_io is None:
            return Answers(HttpCalls(offline=False).send)
        place = options.reference(self.replay_io, "--replay-io")
        with Fetcher(offline=True) as fetcher:
            return replay(options.read(fetcher, place, _RECORD_LIMIT).content)

    def host(self, policy: Policy, answers: Answers, seconds: float) -> PolicyHost:
        """Return what answers the policy's host calls, within ``seconds``."""
        from attest.evaluate.capabilities import PolicyHost
        from attest.model.capability import METHODS, Capabilities, HttpGrant, host_of

        granted = {}
        for text in self.allow_http:
            try:
                host, plain = host_of(text)
            except ValueError as error:
                raise UsageError("OPTION_INVALID", str(error), where="--allow-http") from None
            granted[host, plain] = HttpGrant(host, METHODS, plain=plain)
        all_granted = Capabilities(tuple(granted.values()))
        return PolicyHost(all_granted, answers, declared=policy.capabilities, seconds=seconds)


outside_options = gathered(
    "outside",
    Outside,
    click.option(
        "--allow-http",
        "--allowed-hostnames",
        "allow_http",
        multiple=True,
        metavar="HOST",
        help="Let the policy ask this host by HTTPS.",
    ),
    click.option("--replay-io", metavar="FILE", help="Answer host calls from this record alone."),
    options.record_option,
    options.include_raw_option,
)
