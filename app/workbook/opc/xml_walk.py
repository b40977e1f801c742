"""Parses foreign XML element by element, without a tree, so that a part of any size takes the same memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO
from xml.parsers import expat

SPACE = " "
"""Separator between an element's namespace and its name."""
BLOCK_BYTES = 1 << 20
DEEPEST = 200
"""Deepest nesting of elements; writers use a few dozen levels."""
MAIN = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
"""The namespace of a workbook's own elements: the transitional form and the strict one."""

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]
Aside = Callable[..., None]


XML_BLANKS = " \t\r\n"
TRUTHS = {"1": True, "true": True, "0": False, "false": False}
LONGEST_TOKEN_BYTES = 4_000_000
"""Longest comment, instruction or tag; the parser keeps it in memory and scans it again for every block."""


class DeclaresEntities(ValueError):
    """The XML has a DTD, which no export has and which can make a small file expand without bound."""


def new_parser() -> expat.XMLParserType:
    """A namespace-aware parser that refuses a DTD."""
    parser = expat.ParserCreate(namespace_separator=SPACE)
    parser.buffer_text = True
    parser.buffer_size = 1 << 16
    parser.StartDoctypeDeclHandler = _refuse_dtd
    return parser


class Feed:
    """Passes a document to a parser, block by block."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self._parser = parser
        self._fed = 0

    def __call__(self, block: bytes, is_last: bool = False) -> None:
        """Parse the next bytes. Raises ExpatError, ValueError for a comment, instruction or tag without end, and
        whatever the parser's handlers raise."""
        self._parser.Parse(block, is_last)
        self._fed += len(block)
        if not is_last and self._fed - self._parser.CurrentByteIndex > LONGEST_TOKEN_BYTES:
            raise ValueError(f"it has a comment, an instruction or a tag of more than {LONGEST_TOKEN_BYTES:,} bytes")


def walk(
    file: IO[bytes],
    start: Start | None = None,
    end: End | None = None,
    text: Text | None = None,
    aside: Aside | None = None,
) -> None:
    """Call the handlers for every element and text, and `aside` for every comment and instruction.

    Raises ExpatError for broken XML and ValueError for unsafe XML (DeclaresEntities for a DTD).
    """
    parser = new_parser()
    feed = Feed(parser)
    depth = 0

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise ValueError(f"its elements lie more than {DEEPEST} deep")
        if start is not None:
            start(name, attributes)

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1
        if end is not None:
            end(name)

    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    if text is not None:
        parser.CharacterDataHandler = text
    if aside is not None:
        parser.CommentHandler = parser.ProcessingInstructionHandler = aside
    while block := file.read(BLOCK_BYTES):
        feed(block)
    feed(b"", True)


def truth(text: str) -> bool | None:
    """The boolean for XML's notations of it; None for any other text."""
    return TRUTHS.get(text.strip(XML_BLANKS))


def main_name(name: str) -> str:
    """The element's name if it is in the workbook's namespace, else an empty text."""
    space, _, local = name.rpartition(SPACE)
    return local if space in MAIN else ""


def local_name(name: str) -> str:
    """The element's name without its namespace."""
    return name.rpartition(SPACE)[2]


def _refuse_dtd(*_: object) -> None:
    raise DeclaresEntities("it has a DTD")
