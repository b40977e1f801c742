"""Checks that a row's attributes after its number are well-formed and have no effect."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias

from app.workbook.opc.xml_walk import new_parser

Prefixes: TypeAlias = Mapping[str, str]
"""The namespace of each prefix that is in force among the rows."""
NO_PREFIXES: Prefixes = {}
XML_PREFIX = "xml"

NAME = rb"[A-Za-z_][\w.-]*"
ATTRIBUTE = re.compile(rb' (?:(%s):)?(%s)="[^"<]*"' % (NAME, NAME))
ATTRIBUTES = re.compile(rb'(?: (?:%s:)?%s="[^"<]*")* ?\Z' % (NAME, NAME))


def is_plain_row(attributes: bytes, prefixes: Prefixes = NO_PREFIXES) -> bool:
    """True if they are well-formed XML, and neither number the row nor declare a namespace."""
    if ATTRIBUTES.match(attributes) is None:
        return False
    found = [(prefix.decode(), name) for prefix, name in ATTRIBUTE.findall(attributes)]
    if any(prefix not in ("", XML_PREFIX) and prefix not in prefixes for prefix, _ in found):
        return False
    # Two prefixes may stand for one namespace; a name without prefix is in none.
    names = {(prefixes.get(prefix, prefix), name) for prefix, name in found}
    return len(names) == len(found) and not any(not prefix and name in (b"r", b"xmlns") for prefix, name in found)


def declared_prefixes(head: bytes) -> dict[str, str]:
    """The prefixes that are in force at the end of a document's beginning, with their namespaces. Raises ExpatError."""
    found: dict[str, list[str]] = {}
    parser = new_parser()
    parser.StartNamespaceDeclHandler = lambda prefix, space: found.setdefault(prefix or "", []).append(space or "")
    parser.EndNamespaceDeclHandler = lambda prefix: found[prefix or ""].pop()
    parser.Parse(head, False)
    return {prefix: spaces[-1] for prefix, spaces in found.items() if prefix and spaces}
