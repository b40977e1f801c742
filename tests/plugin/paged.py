"""Run folders for the tests of the page, made without a process, and the page as a reader of HTML takes it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from release_gate.record.journal import Journal
from release_gate.rules.declaration import load
from release_gate.sealing.result import from_journal
from release_gate.telling.page.rendering import page
from tests.plugin.foreign import EXAMPLES

BASE = EXAMPLES / "base"
TESTS = {"A1": "tests/test_a_water.py::test_a1", "B1": "tests/test_b_heating.py::test_b1"}
CHECKS = ("A1", "B1", "B2", "F1", "F2", "F3", "F5")
VOID = {"meta", "input", "br", "rect", "path", "link", "img"}


@dataclass
class PageInput:
    """Events of the run that a page shows: by check its failure, evidence and unmeasured reason; problems, waivers."""

    failures: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    evidence: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    problems: Sequence[Mapping[str, str]] = ()
    waivers: Sequence[Mapping[str, str]] = ()
    subject: Mapping[str, Any] = field(default_factory=dict)
    kept: Mapping[str, Any] | None = None
    junit: str = ""
    unmeasured: Mapping[str, str] = field(default_factory=dict)


def folder_of(folder: Path, given: PageInput) -> Path:
    """A sealed run's folder with journal, release_report.json and junit.xml, made from the given events."""
    folder.mkdir(parents=True, exist_ok=True)
    declaration = load(BASE)
    assert declaration is not None
    journal = Journal(folder)
    journal.append("run_started", run_id="20260101_000000", declaration=dict(declaration.raw))
    journal.append("invoked", argv=[])
    for waiver in given.waivers:
        journal.append("waiver", **waiver)
    items = [{"nodeid": nodeid(check), "check": check} for check in CHECKS]
    journal.append("collected", items=items)
    for item in items:
        _one(journal, item, given)
    journal.append("session_finished", exitstatus=int(bool(given.failures)))
    for problem in given.problems:
        journal.append("problem", **problem)
    decided = {check: {"outcome": "PASSED", "reason": ""} for check in CHECKS[3:]}
    artefacts = [{"path": "boil.json", "sha256": "0" * 64, "bytes": 1}]
    journal.append("sealed", subject=dict(given.subject), artefacts=artefacts, checks=decided)
    journal.close()
    if given.kept is not None:
        (folder / "release_report.json").write_text(json.dumps(given.kept), encoding="utf-8")
    if given.junit:
        (folder / "junit.xml").write_text(given.junit, encoding="utf-8")
    return folder


def nodeid(check: str) -> str:
    return TESTS.get(check, f"tests/test_{check}.py::test_{check.lower()}")


def rendered(folder: Path) -> bytes:
    derived = from_journal(folder, BASE)
    return page(derived.run, derived.result, folder)


def _one(journal: Journal, item: Mapping[str, str], given: PageInput) -> None:
    failure = given.failures.get(item["check"])
    journal.append("started", **item)
    for one in given.evidence.get(item["check"], ()):
        journal.append("evidence", nodeid=item["nodeid"], item=dict(one))
    if item["check"] in given.unmeasured:
        journal.append("not_measured", nodeid=item["nodeid"], reason=given.unmeasured[item["check"]])
    for when in ("setup", "call", "teardown"):
        failed = failure is not None and when == "call"
        facts = {"failure": dict(failure or {})} if failed else {}
        outcome = "failed" if failed else "passed"
        journal.append("phase", **item, when=when, outcome=outcome, duration_s=0.1, xfail=False, **facts)
    journal.append("finished", **item)


@dataclass
class Element:
    """An element of the page with what stands in it."""

    name: str
    attributes: dict[str, str]
    parent: Element | None
    children: list[Element | str] = field(default_factory=list)

    def all(self, *names: str) -> Iterator[Element]:
        """The elements of these names below it, or all of them, in the order of the text."""
        for child in self.children:
            if isinstance(child, Element):
                if not names or child.name in names:
                    yield child
                yield from child.all(*names)

    @property
    def text(self) -> str:
        return " ".join("".join(child if isinstance(child, str) else child.text for child in self.children).split())


class Reader(HTMLParser):
    """Builds the tree, and fails where an end tag does not close what was opened last."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.here = self.root = Element("", {}, None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.children.append(made)
        if tag not in VOID:
            self.here = made

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.here.children.append(Element(tag, {name: value or "" for name, value in attrs}, self.here))

    def handle_endtag(self, tag: str) -> None:
        assert self.here.name == tag and self.here.parent is not None, f"</{tag}> closes <{self.here.name}>"
        self.here = self.here.parent

    def handle_data(self, data: str) -> None:
        self.here.children.append(data)


def tree(content: bytes) -> Element:
    reader = Reader()
    reader.feed(content.decode())
    reader.close()
    assert reader.here is reader.root, f"<{reader.here.name}> is never closed"
    return reader.root
