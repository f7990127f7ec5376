"""Options that a command receives together, as one frozen value."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from attest.cli import options
from attest.model.frozen import frozen

if TYPE_CHECKING:
    from attest.report import Options

Command = Callable[..., Any]
"""A function that is about to become a click command."""

Decorator = Callable[[Command], Command]


def gathered(argument: str, into: type[Any], *declared: Decorator) -> Decorator:
    """Declare options, and pass them to the command as ``argument``, one value of ``into``.

    ``into`` is a dataclass with one field for each option, under the option's own name.
    """
    names = [field.name for field in fields(into)]

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def call(*args: Any, **given: Any) -> Any:
            value = into(**{name: given.pop(name) for name in names})
            return command(*args, **given, **{argument: value})

        decorated: Command = call
        for option in reversed(declared):  # as a column of decorators is applied
            decorated = option(decorated)
        return decorated

    return decorate


@frozen
class Presentation:
    """How a report is shown; none of it changes what it says."""

    color: str
    verbose: bool
    reproducible: bool

    def options(self) -> Options:
        """Return the options of the renderers, for this terminal."""
        import sys

        from attest.report import Options

        return Options(
            color=options.wants_color(self.color, sys.stdout),
            width=options.terminal_width(),
            verbose=self.verbose,
            reproducible=self.reproducible,
        )


presentation_options = gathered(
    "presentation",
    Presentation,
    options.reproducible_option,
    options.color_option,
    options.verbose_option,
)
