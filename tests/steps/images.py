"""A gate whose subjects are images in a layout."""

from __future__ import annotations

from typing import Any

from attest.author.layout import Layout
from attest.model.digest import Digest
from attest.model.report import Report
from fixtures.making.beside import image
from fixtures.making.evidence import SARIF, about, by_scanner, scan
from tests.gate import Gate


class Images:
    """A gate whose subjects are images in the layout ``image``."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.layout = Layout()
        self.digest = image(self.layout)
        gate.case.layouts["image"] = self.layout
        gate.plan["subjects"] = [self.subject]
        gate.plan["evidence"]["sources"] = ["oci:referrers"]

    @property
    def subject(self) -> str:
        """The subject, as a plan names it."""
        return f"oci-layout:image@{self.digest}"

    def about(self, predicate_type: str, predicate: dict[str, Any]) -> bytes:
        """Return a statement about the image."""
        return about(predicate_type, predicate, self.layout.blob(self.digest))

    def scan(self, *found: str) -> bytes:
        """Return a scan of the image, by the scanner."""
        return by_scanner(self.about(SARIF, scan(*found)))

    def attach(self, content: bytes, media_type: str | None = None) -> Digest:
        """Attach a layer to the image, a bundle unless another type is given."""
        if media_type is None:
            return self.layout.attach(self.digest, content)
        return self.layout.attach(self.digest, content, media_type=media_type)

    def run(self) -> Report:
        """Write everything and decide."""
        return self.gate.run()


def codes(report: Report) -> list[str]:
    return sorted(line.trust.code for line in report.evidence)
