"""Host calls, the parent's side: what a policy may ask, what it is answered, what is recorded.

    answers = Answers(send)                    one run's answers: each request is sent once
    host = PolicyHost(granted, answers)        one policy's view of them
    host.perform("http", request)              `Job.perform`
    host.used                                  what it used, for the report
    answers.record()                           the run's record; `replay` reads it

``send`` is injected: this stage opens no socket.
"""

from attest.evaluate.capabilities.answers import Answers, replay
from attest.evaluate.capabilities.host import PolicyHost

__all__ = ["Answers", "PolicyHost", "replay"]
