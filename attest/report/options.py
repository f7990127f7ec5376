"""How a report is to look; nothing here can change what it says."""

from __future__ import annotations

from attest.model.frozen import frozen


@frozen
class Options:
    """Presentation choices.

    ``width`` is in terminal columns. ``verbose`` shows every step of every check and lifts the caps
    on long lists. ``reproducible`` leaves out what differs between two equal runs
    (``usage.duration_ms``). ``include_raw`` shows what policies printed.
    """

    color: bool = False
    width: int = 80
    verbose: bool = False
    reproducible: bool = False
    include_raw: bool = False
