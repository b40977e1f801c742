"""Escapes texts of a run for every place where they are shown, so that none becomes a heading, link, colour or line."""

from __future__ import annotations

import re

AT_START = re.compile(r"^(?:>|#(?=#*(?:\s|$))|[+-](?=\s|$)|-(?=[-\s]*$)|(\d{1,9})(?=[.)](?:\s|$)))")
"""Characters that begin a heading, quotation, list or rule at the start of a line; -5 and 1.5 begin none."""
ANYWHERE = re.compile(r"[\\`*\[\]<|~$]|&(?=#?\w+;)|(?<![^\W_])_|_(?![^\W_])|(?<=\w):(?=//)|(?<=[wW]{3})\.")
"""Characters of code, emphasis, links, HTML, table cells, formulas, entities, and of GitHub's own links."""

LONE_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a pair of UTF-16, which UTF-8 cannot encode: Python makes it of an escape, or of bytes that are no UTF-8."""


def one_line(text: object) -> str:
    """A text as one line of visible characters; control, bidirectional and invisible ones are escaped (`\\x1b`)."""
    line = " ".join(str(text).split())
    return line if line.isprintable() else "".join(sign if sign.isprintable() else _named(sign) for sign in line)


def markdown(text: object) -> str:
    """Markdown that shows the text, and that is readable as plain text."""
    shown = ANYWHERE.sub(lambda match: "\\" + match[0], one_line(text))
    return AT_START.sub(lambda match: f"{match[1]}\\" if match[1] else "\\" + match[0], shown)


def code(text: object) -> str:
    """A text as a code span of Markdown, also with backticks in it."""
    shown = one_line(text)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if "`" in (shown[:1], shown[-1:]) else ""
    return f"{fence}{pad}{shown or ' '}{pad}{fence}"


def link(path: str) -> str:
    """A link to a file beside the document, with its path as text."""
    target = re.sub(
        r"[^\w./-]", lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "replace")), path
    )
    return f"[{markdown(path)}](<./{target}>)"


def _named(sign: str) -> str:
    number = ord(sign)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
