"""What to say of Rego source that uses http.send without a grant: the line that would grant it."""

from __future__ import annotations

import re
from dataclasses import replace

from attest.evaluate.capabilities.host import grant_line
from attest.evaluate.host.job import Answer
from attest.model.capability import HttpGrant, host_of
from attest.model.policy import Policy

_UNDEFINED = "undefined function http.send"
_URL = re.compile(rb"(http://|https://)([A-Za-z0-9.-]+(?::[0-9]+)?|\[[0-9a-f:]+\](?::[0-9]+)?)")
_ANY = HttpGrant("HOST")


def explained(answer: Answer, policy: Policy) -> Answer:
    """Turn the compiler's complaint about http.send into HTTP_FORBIDDEN; leave any other answer.

    The hosts are those whose URLs stand in the source: what it puts together is not known before
    it runs, and it does not run.
    """
    if answer.code != "POLICY_COMPILE" or _UNDEFINED not in answer.message:
        return answer
    found: dict[str, HttpGrant] = {}
    for file in policy.code:
        for scheme, host in _URL.findall(file.content):
            try:
                name, plain = host_of((host if scheme == b"https://" else scheme + host).decode())
            except ValueError:
                continue
            found[f"{plain}{name}"] = HttpGrant(name, plain=plain)
    place = answer.message.partition(_UNDEFINED)[0]
    line = grant_line(tuple(found.values()) or (_ANY,))
    why = f"{place}http.send is not granted; to allow it, {line}"
    return replace(answer, code="HTTP_FORBIDDEN", message=why)
