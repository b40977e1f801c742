"""Reads every part of a package to its end and checks its length, its checksum and that it has no DTD.

Parts that are not needed are read as well, so that an upload's admission and an ingestion refuse the same files.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from copy import copy
from typing import IO
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile, ZipFile, ZipInfo

from app.workbook.opc.xml_walk import DeclaresEntities, walk

PIECE_BYTES = 1 << 20
PROLOG_BYTES = 4096
DECLARATIONS = tuple(
    text.encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be") for text in ("<!DOCTYPE", "<!ENTITY")
)
LONGEST = max(map(len, DECLARATIONS))
WIDE = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, "<".encode("utf-32-le"), "<".encode("utf-32-be"))
"""First bytes of XML with four bytes a character, which is refused."""


def is_xml(name: str) -> bool:
    """True if a part of this name is XML."""
    return name.lower().endswith((".xml", ".rels"))


def require_safe_beginnings(archive: ZipFile) -> None:
    """Check the start of each part for a DTD. Raises DeclaresEntities.

    A DTD precedes the first element, so this finds most of them before anything is read; `require_whole_parts` finds
    the others.
    """
    for name in filter(is_xml, archive.namelist()):
        with archive.open(name) as file:
            start = file.read(PROLOG_BYTES)
        _has_words_alone(archive, name, start, is_start=True)


def require_whole_parts(archive: ZipFile, names: Iterable[str]) -> None:
    """Read each part to its end. Raises BadZipFile or DeclaresEntities.

    It reads one byte past the declared size; otherwise an over-long part passes its CRC.
    """
    for name in names:
        entry = copy(archive.getinfo(name))
        said, entry.file_size = entry.file_size, entry.file_size + 1
        length = 0
        may_declare = is_xml(name)
        with archive.open(entry) as file:
            before = b""
            while piece := file.read(PIECE_BYTES):
                if may_declare:
                    may_declare = not _has_words_alone(archive, name, before + piece, is_start=not length)
                length += len(piece)
                before = piece[-LONGEST:]
        if length != said:
            raise BadZipFile(f"{name} is not as long as it says")


def require_length(file: IO[bytes], entry: ZipInfo) -> None:
    """Raises BadZipFile unless a part that was read to its end is as long as the zip says: zipfile takes a shorter one
    for whole."""
    if file.tell() != entry.file_size:
        raise BadZipFile(f"{entry.filename} is not as long as it says")


def _has_words_alone(archive: ZipFile, name: str, text: bytes, is_start: bool) -> bool:
    """True if the text holds a declaration's words and the whole part, parsed for it, declares nothing.

    Raises DeclaresEntities.
    """
    if is_start and text.startswith(WIDE):
        raise DeclaresEntities(name)
    if not any(declaration in text for declaration in DECLARATIONS):
        return False
    if not _are_words(archive, name):
        raise DeclaresEntities(name)
    return True


def _are_words(archive: ZipFile, name: str) -> bool:
    """True if an apparent declaration is inside a text or a comment of well-formed XML."""
    try:
        with archive.open(name) as file:
            walk(file)
    except (DeclaresEntities, ExpatError, ValueError, LookupError):
        return False
    return True
