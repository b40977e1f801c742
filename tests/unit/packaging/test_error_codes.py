"""docs/errors.md has every error code with its sentences, as the source has them now."""

from __future__ import annotations

import ast

from tests.error_codes.page import PAGE, page
from tests.error_codes.sentences import calls, full_names, sentences

PROBLEM = "app.api.http.problems.Problem"


def test_page_is_that_of_the_source() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python3 -m tests.error_codes.page"


def test_every_code_has_a_sentence() -> None:
    titled = [section.splitlines() for section in page().split("### ")[1:]]
    assert [lines[0] for lines in titled if not any(line.startswith("- ") for line in lines)] == []


def test_sentences_are_found_wherever_they_stand() -> None:
    """Sentences are found in the call, in a name, and joined with values."""
    found = sentences({PROBLEM})
    assert "The database does not answer at the moment. Try again shortly." in found[f"{PROBLEM} DATABASE_UNAVAILABLE"]
    assert found[f"{PROBLEM} NO_DATA"] == {"No workbook has been ingested and published yet. Run `make ingest`."}
    assert found[f"{PROBLEM} TWO_LENGTHS"] == {"Send Content-Length or Transfer-Encoding, not both."}


def test_class_is_named_by_the_module_that_defines_it() -> None:
    tree = ast.parse("from app.a import Wrong as Other\nclass Own(Exception): ...\n")
    assert full_names(tree, "app.b") == {"Own": "app.b.Own", "Other": "app.a.Wrong"}


def test_call_within_an_inner_function_is_the_inner_functions() -> None:
    outer, inner = ast.parse("def outer():\n    one()\n    def inner():\n        two()\n").body[0], "two"
    assert [ast.unparse(call.func) for call in calls(outer)] == ["one"] != [inner]
