"""Text of strangers, made harmless for the place it is written to.

Whatever comes from evidence or from a policy can hold terminal escapes, BiDi overrides, workflow
commands of a CI runner, Markdown and markup. Each sink has one function here. The patterns are
compiled by `re` when they are first used: most text needs none of them.
"""

from __future__ import annotations

import json
import re
import unicodedata

_SEQUENCE = (
    "(?s)"
    "\x1b\\[[0-?]*[ -/]*[@-~]"  # CSI (ECMA-48 §5.4)
    "|\x1b[PX\\]^_].*?(?:\x07|\x1b\\\\|\x9c|$)"  # DCS, SOS, OSC, PM, APC (ECMA-48 §5.6)
    "|\x9b[0-?]*[ -/]*[@-~]"  # CSI as one C1 control
    "|\x1b[ -/]*[0-~]?"
)
_BREAKS = "\n\r\v\f\x85\u2028\u2029"
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MARKDOWN = r"([\\`*_~\[\]|#!])"
_MENTION = r"(?<![A-Za-z0-9_])@(?=[A-Za-z0-9])"
_HASH = r"##(\w*)\["
_NOT_ASCII = "[^\x00-\x7f]"
_SURROGATE = "[\ud800-\udfff]"
_XML_INVALID = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


def plain(text: str) -> str:
    """Return ``text`` as one line of visible characters.

    Terminal sequences go, with what they enclose; breaks and tabs become a space; controls, BiDi
    and other invisible characters go.
    """
    return " ".join(paragraphs(text))


def paragraphs(text: str) -> list[str]:
    """Return the non-empty lines of ``text``, each as `plain` would return it."""
    bare = text if text.isprintable() else re.sub(_SEQUENCE, "", text)
    for character in _BREAKS:
        bare = bare.replace(character, "\n")
    lines = (" ".join(_visible(line.replace("\t", " ")).split()) for line in bare.split("\n"))
    return [line for line in lines if line]


def cut(text: str, limit: int) -> str:
    """Return ``text`` in at most ``limit`` characters, the last one an ellipsis if it was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def log_safe(text: str) -> str:
    """Break what a CI runner would take for a command when it reads ``text`` from a log.

    GitHub: ``::command::`` counts at the start of a line, blanks before it included; the older
    ``##[command]`` counts anywhere, as do Azure's ``##vso[`` and TeamCity's ``##teamcity[``.
    """
    text = hash_safe(text)
    return re.sub(r"^([^\S\n]*):(?=:)", r"\1: ", text, flags=re.MULTILINE)


def hash_safe(text: str, bracket: str = "[") -> str:
    """Break each ``##word[``: by a space, or by another way to write the bracket."""
    if "##" not in text:
        return text
    return re.sub(_HASH, rf"## \1{bracket}" if bracket == "[" else rf"##\1{bracket}", text)


def command_data(text: str) -> str:
    """Escape the message of a workflow command; breaks survive as ``%0A``."""
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return hash_safe(escaped)


def command_property(text: str) -> str:
    """Escape the value of a property of a workflow command."""
    return command_data(text).replace(":", "%3A").replace(",", "%2C")


def markdown(text: str) -> str:
    """Return ``text`` as one line that Markdown shows as it is, inside a table cell too.

    Links and mentions are broken too: a report must not ring anybody, nor load anything.
    """
    line = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    line = re.sub(_MARKDOWN, r"\\\1", line).replace("://", "&#58;//").replace("www.", "www&#46;")
    return re.sub(_MENTION, "@\u200b", line)


def xml(text: str) -> str:
    """Escape ``text`` for an XML attribute or element; what XML 1.0 §2.2 forbids goes."""
    kept = xml_text(re.sub(_XML_INVALID, "", re.sub(_SEQUENCE, "", text)))
    return kept.replace("\n", "&#10;").replace("\r", "&#13;").replace("\t", "&#9;")


def xml_text(text: str) -> str:
    """Escape text of our own making, keeping its lines."""
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(character, entity)
    return text


def json_text(text: str, wide: str = "") -> str:
    """Return JSON text that is safe to look at, with the same meaning.

    What is visible stays; what a terminal, an editor or a CI runner would act upon is written as an
    escape. ``wide`` is how to write a character beyond U+FFFF, if not as JSON's two surrogates.
    """
    if not text.isascii():
        text = re.sub(_SURROGATE, "\ufffd", text)
        text = re.sub(_NOT_ASCII, lambda match: _escaped(match[0], wide), text)
    return hash_safe(text, bracket=r"\\u005b").replace("\x7f", "\\u007f")


def columns(text: str) -> int:
    """Return how many terminal columns ``text`` takes (Unicode UAX #11)."""
    return len(text) + sum(unicodedata.east_asian_width(c) in "WF" for c in text if c > "\u10ff")


def is_visible(character: str) -> bool:
    """Tell whether ``character`` shows, and shows only itself."""
    return unicodedata.category(character) not in _INVISIBLE


def _escaped(character: str, wide: str) -> str:
    if is_visible(character):
        return character
    if wide and ord(character) > 0xFFFF:  # noqa: PLR2004  # the basic plane ends there
        return wide.format(ord(character))
    return json.dumps(character)[1:-1]


def _visible(text: str) -> str:
    return text if text.isascii() and text.isprintable() else "".join(filter(is_visible, text))
