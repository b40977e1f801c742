"""docs/criteria.md is the page of the declared checks and faults."""

from __future__ import annotations

import dataclasses

import msgspec

from release_gate.rules.declaration import load as load_declaration
from tests.faults.catalogue import ROOT
from tests.faults.catalogue import load as load_faults
from tests.faults.criteria import PAGE, WIDTH, current, page


def test_page_is_the_one_of_this_declaration_and_these_faults() -> None:
    assert PAGE.read_text(encoding="utf-8") == current(), "run `python3 -m tests.faults.criteria`"


def test_page_changes_with_a_declared_check_and_with_a_fault() -> None:
    declaration, faults = load_declaration(ROOT), load_faults()
    assert declaration is not None
    first, *others = declaration.checks
    other = dataclasses.replace(declaration, checks=(dataclasses.replace(first, acceptance="Another."), *others))
    assert "- Acceptance: Another." in page(other, faults)
    assert page(declaration, [msgspec.structs.replace(faults[0], story="Another."), *faults[1:]]) != current()
    assert "no fault is declared" in page(declaration, [])


def test_no_line_of_the_page_is_wider_than_the_documents() -> None:
    assert [line for line in current().splitlines() if len(line) > WIDTH and not line.startswith("###")] == []
