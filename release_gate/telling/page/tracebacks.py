"""The tracebacks of a run, from its junit.xml: the text for people, and the line at which a check failed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

JUNIT = "junit.xml"
LARGEST_BYTES = 16 * 1024 * 1024
FORBIDDEN = (b"<!DOCTYPE", b"<!ENTITY")
"""Marks of entities in XML: no junit.xml of pytest has them, so a file that does is not parsed."""
LONGEST = 12_000
"""Most characters of a traceback that are shown: the last ones, which name the error."""
PLACE = re.compile(r"^(?P<file>[^\s:][^:\n]*\.py):(?P<line>\d+): ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Traceback:
    """One failed case. place: file:line of its last frame, empty where it names none."""

    nodeid: str
    text: str
    place: str


def tracebacks(folder: Path) -> list[Traceback]:
    """The tracebacks in junit.xml; none if it cannot be read."""
    path = folder / JUNIT
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST_BYTES:
            return []
        content = path.read_bytes()
        if any(word in content for word in FORBIDDEN):
            return []
        return list(_found(ElementTree.fromstring(content)))
    except (OSError, ElementTree.ParseError, LookupError, ValueError):
        return []


def place_of(nodeid: str, found: list[Traceback]) -> str:
    """file:line at which a test failed; empty where it is not known."""
    return next((one.place for one in found if one.nodeid == named(nodeid) and one.place), "")


def named(nodeid: str) -> str:
    """A node id as junit.xml can give it: `tests/test_a.py::TestB::test_c[x]` as `tests.test_a.TestB::test_c[x]`."""
    test, bracket, case = nodeid.partition("[")
    path, *names = test.split("::")
    module = path.removesuffix(".py").replace("/", ".")
    return ".".join([module, *names[:-1]]) + "::" + (names[-1] if names else "") + bracket + case


def _found(suite: ElementTree.Element) -> Iterator[Traceback]:
    for case in suite.iter("testcase"):
        for broken in (*case.findall("failure"), *case.findall("error")):
            text = (broken.text or "").strip()
            if not text:
                continue
            places = PLACE.findall(text)
            nodeid = f"{case.get('classname', '')}::{case.get('name', '')}"
            yield Traceback(nodeid, text[-LONGEST:], ":".join(places[-1]) if places else "")
