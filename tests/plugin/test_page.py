"""The run's page: one file, a pure function of the run folder, accessible, and without scripts."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from release_gate.telling.page.palette import DARK, LIGHT, SHAPE_PAIRS, TEXT_PAIRS, contrast
from release_gate.telling.page.words import WORDS
from tests.plugin.page_states import EXPECTATION, HOSTILE, JUNIT, KEPT, KETTLE, STATES, WAIVER
from tests.plugin.paged import Element, PageInput, folder_of, rendered, tree


@pytest.fixture(scope="module", params=sorted(STATES))
def state(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, bytes]:
    folder = folder_of(tmp_path_factory.mktemp("run") / "20260101_000000", STATES[request.param])
    return request.param, rendered(folder)


def page_of(tmp_path: Path, given: PageInput) -> Element:
    return tree(rendered(folder_of(tmp_path / "20260101_000000", given)))


def test_page_says_the_verdict_by_word_and_sign(state: tuple[str, bytes]) -> None:
    verdict, content = state
    (heading,) = tree(content).all("h1")
    assert verdict in heading.text
    assert {"PASS": "✓", "FAIL": "✗", "INCOMPLETE": "…"}[verdict] in heading.text


def test_page_is_the_same_wherever_the_folder_lies(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "20260101_000000", STATES["FAIL"])
    moved = Path(shutil.copytree(folder, tmp_path / "elsewhere" / "x"))
    assert rendered(folder) == rendered(moved)


def test_nothing_in_the_page_runs_or_leaves_it(state: tuple[str, bytes]) -> None:
    content = state[1]
    root = tree(content)
    (policy,) = [one.attributes["content"] for one in root.all("meta") if "http-equiv" in one.attributes]
    (style,) = re.findall(rb"<style>(.*?)</style>", content, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert not list(root.all("script", "link", "img", "iframe", "object", "form"))
    for element in root.all():
        assert not {name for name in element.attributes if name.startswith("on") or name in ("style", "src")}
        assert element.attributes.get("href", "#").startswith(("#", "./", "../"))
    assert b"url(" not in style and b"@import" not in style


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    given = PageInput(
        failures={"B1": {**KETTLE, "message": HOSTILE, "fix": [HOSTILE]}},
        evidence={
            "A1": [
                {"kind": "value", "name": HOSTILE, "value": HOSTILE, "unit": HOSTILE, "source": HOSTILE},
                {"kind": "table", "name": HOSTILE, "headers": [HOSTILE], "rows": [[HOSTILE]], "rows_left_out": 0},
                {"kind": "file", "name": "f", "path": "javascript:alert(1)", "sha256": "0" * 64},
            ]
        },
        subject={"workbook": {"kind": "sample", "name": HOSTILE, "sha256": "0" * 64}, HOSTILE: HOSTILE},
        kept=json.loads(json.dumps(KEPT).replace("Kettle", json.dumps(HOSTILE)[1:-1])),
        junit=JUNIT.replace("burst()", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    )
    root = page_of(tmp_path, given)
    assert not list(root.all("script", "img"))
    assert "<script>alert(1)</script>" in root.text
    assert "{{ 7*7 }}" in root.text
    assert not {"\u202e", "\x1b"} & set(root.text)
    assert "./javascript%3Aalert%281%29" in {one.attributes.get("href") for one in root.all("a")}


def test_path_that_no_url_can_have_is_still_a_link(tmp_path: Path) -> None:
    """A journal that another program has written may hold a lone surrogate."""
    item = {"kind": "file", "name": "f", "path": "LONE.json", "sha256": "0" * 64}
    folder = folder_of(tmp_path / "20260101_000000", PageInput(evidence={"A1": [item]}))
    journal = folder / "journal.jsonl"
    journal.write_text(journal.read_text("utf-8").replace("LONE", r"boil\ud800"), "utf-8")
    assert "./boil%3F.json" in {one.attributes.get("href") for one in tree(rendered(folder)).all("a")}


def test_one_card_for_each_cause(tmp_path: Path) -> None:
    given = PageInput(failures={"B1": {**KETTLE, "expectation": EXPECTATION}, "B2": KETTLE}, junit=JUNIT)
    root = page_of(tmp_path, given)
    (card,) = root.all("article")
    assert "the pipe burst at 3 bar" in card.text
    assert "one cause" in card.text and "2" in card.text and "B2" in card.text
    assert [step.text for step in next(card.all("ol")).all("li")] == ["Plug it in.", "Replace the element."]
    for told_text in (
        "100",
        "97",
        "°C",
        "100 degrees within five minutes.",
        "python3 -m pytest",
        "tests/test_b_heating.py:17",
    ):
        assert told_text in card.text


def test_checks_with_one_reason_are_one_line(tmp_path: Path) -> None:
    busy = "the machine was too busy"
    root = page_of(tmp_path, PageInput(unmeasured={"A1": "cold", "B1": busy, "B2": busy}))
    (card,) = root.all("article")
    lines = [line.text for line in card.all("li")]
    assert lines == ["A1: NOT_MEASURED: cold", "B1, B2: NOT_MEASURED: the machine was too busy"]


def test_waived_cause_stays_visible(tmp_path: Path) -> None:
    root = page_of(tmp_path, PageInput(failures={"B1": KETTLE}, waivers=[WAIVER]))
    (card,) = root.all("article")
    for text in ("Waived until", "2099-12-31", "Ana", "the pipe comes on Monday", "days left"):
        assert text in card.text
    assert "PASS" in next(root.all("h1")).text


def test_sections_of_the_project_are_drawn_with_their_numbers(tmp_path: Path) -> None:
    root = page_of(tmp_path, STATES["PASS"])
    drawn = root.text
    for text in (
        "Água",
        "Kettle",
        "1\u202f000",
        "poured",
        "97.50",
        "target",
        "heating",
        "leaf",
        "12\u202f346",
        "49\u202f919",
    ):
        assert " ".join(text.split()) in drawn, text
    assert len(list(root.all("svg"))) == 5
    assert all(svg.attributes["aria-hidden"] == "true" for svg in root.all("svg"))


def test_strip_of_a_criterion_tells_each_earlier_run(tmp_path: Path) -> None:
    root = page_of(tmp_path, STATES["PASS"])
    tiles = {tile.text[:1]: [one.text for one in next(tile.all("ol")).all("li")] for tile in _tiles(root)}
    assert [one[-4:] for one in tiles["A"]] == ["PASS"] * 3
    assert tiles["B"][0].endswith("FAIL") and tiles["B"][1].endswith("INCOMPLETE") and tiles["B"][2].endswith("PASS")


def _tiles(root: Element) -> list[Element]:
    return [one for one in root.all("li") if "tile" in one.attributes.get("class", "").split()]


def test_page_is_small_whatever_the_checks_recorded(tmp_path: Path) -> None:
    value = {"kind": "value", "name": "n" * 300, "value": "v" * 5000, "unit": "", "source": "s"}
    table = {"kind": "table", "name": "t", "headers": ["h"] * 30, "rows": [["c" * 900] * 30] * 40, "rows_left_out": 0}
    content = rendered(folder_of(tmp_path / "r", PageInput(evidence={"A1": [value, table] * 10, "B1": [table] * 5})))
    assert len(content) < 1_000_000
    assert "more, in the result file" in tree(content).text


@pytest.mark.parametrize("kept", ["", "[]", '{"schema_version": 2}', '{"sections": 1}', "[" * 5000])
def test_kept_file_that_is_none_costs_its_sections_alone(kept: str, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "r", PageInput())
    (folder / "release_report.json").write_text(kept, encoding="utf-8")
    assert "PASS" in next(tree(rendered(folder)).all("h1")).text


@pytest.mark.parametrize("junit", ["<", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "\x00"])
def test_junit_that_is_none_costs_the_tracebacks_alone(junit: str, tmp_path: Path) -> None:
    assert "No check left a traceback." in page_of(tmp_path, PageInput(junit=junit)).text


@pytest.mark.parametrize("name", ["junit.xml", "release_report.json"])
def test_pipe_in_the_folder_is_not_waited_for(name: str, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "r", PageInput())
    os.mkfifo(folder / name)
    assert "PASS" in next(tree(rendered(folder)).all("h1")).text


def test_headings_landmarks_and_labels(state: tuple[str, bytes]) -> None:
    root = tree(state[1])
    levels = [int(one.name[1]) for one in root.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert [len(list(root.all(name))) for name in ("header", "nav", "main", "footer", "title")] == [1] * 5
    assert next(root.all("html")).attributes["lang"] == "en"
    identities = [one.attributes["id"] for one in root.all() if "id" in one.attributes]
    assert len(identities) == len(set(identities))
    for element in root.all():
        named = element.attributes.get("aria-labelledby")
        assert named is None or named in identities
        target = element.attributes.get("href", "")
        assert not target.startswith("#") or target[1:] in identities
    assert all(one.parent is not None and one.parent.name == "label" for one in root.all("input"))
    for table in root.all("table"):
        assert all("scope" in one.attributes for one in table.all("th"))


def test_every_word_of_the_page_is_in_both_languages(state: tuple[str, bytes]) -> None:
    root = tree(state[1])
    for lang in ("en", "pt"):
        spans = [one for one in root.all("span") if one.attributes.get("class") == lang]
        assert spans and all(one.attributes["lang"] == lang and one.text for one in spans)
    english = [one.parent for one in root.all("span") if one.attributes.get("class") == "en"]
    portuguese = [one.parent for one in root.all("span") if one.attributes.get("class") == "pt"]
    assert [id(one) for one in english] == [id(one) for one in portuguese]
    assert all(words.en.strip() and words.pt.strip() for words in WORDS.values())


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_have_the_contrast_of_wcag_aa(colours: dict[str, str]) -> None:
    for least, pairs in ((4.5, TEXT_PAIRS), (3.0, SHAPE_PAIRS)):
        low = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in pairs}
        assert not {pair: ratio for pair, ratio in low.items() if ratio < least}
