"""A project says its checks in Portuguese by a hook: on the page, in the documents and on the terminal, for good."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from release_gate.record.journal import read
from release_gate.record.records import fold
from release_gate.rules.declaration import load
from release_gate.sealing.result import from_journal
from release_gate.sealing.verifying import verify
from release_gate.telling.texts_of_checks import in_portuguese, paired
from tests.plugin.foreign import GATE, Project, project_in
from tests.plugin.page_states import EXPECTATION, KETTLE, WAIVER
from tests.plugin.paged import BASE, Element, PageInput, folder_of, rendered, tree

HOOK = """import pytest

KNOWN = {known!r}


@pytest.hookimpl(optionalhook=True)
def pytest_release_gate_portuguese(config, texts):
    return {{text: KNOWN[text] for text in texts if text in KNOWN}}
"""
KNOWN = {
    "Heating": "Aquecimento",
    "The water boils": "A água ferve",
    "Plug it in.": "Ligue-o à tomada.",
    "100 degrees within five minutes.": "100 graus em cinco minutos.",
    "the water of the kettle": "a água da chaleira",
    "thermometer": "termómetro",
    "degrees": "graus",
    "no thermometer": "não há termómetro",
    "the pipe burst at 3 bar": "o cano rebentou a 3 bar",
}
COLD = """import json

import pytest

pytestmark = pytest.mark.kettle_ready


@pytest.mark.check("B2")
def test_b2():
    pass


@pytest.mark.check("B1")
def test_b1(evidence, run_folder):
    (run_folder / "boil.json").write_text(json.dumps({"degrees": 97.0}))
    evidence.expect(97, "the water of the kettle", unit="degrees", source="thermometer").at_least(100)
"""


def told(given: PageInput, tmp_path: Path, known: dict[str, str] = KNOWN) -> tuple[Any, Path]:
    """The folded run of a folder in whose journal that Portuguese stands."""
    folder = folder_of(tmp_path / "20260101_000000", given)
    lines = (folder / "journal.jsonl").read_text("utf-8").splitlines()
    last = json.loads(lines[-1])
    event = {"seq": last["seq"], "at": last["at"], "event": "portuguese", "texts": known}
    lines[-1:] = [json.dumps(event, ensure_ascii=False), json.dumps({**last, "seq": last["seq"] + 1})]
    (folder / "journal.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    return from_journal(folder, BASE), folder


def shown_in(root: Element, language: str) -> str:
    """The text of the page as a reader of that language sees it."""
    other = {"en": "pt", "pt": "en"}[language]

    def text(one: Element | str) -> str:
        if isinstance(one, str):
            return one
        return "" if one.attributes.get("class") == other else "".join(map(text, one.children))

    return " ".join(text(root).split())


def test_card_is_in_the_language_of_the_reader(tmp_path: Path) -> None:
    expectation = {**EXPECTATION, "expected": "at least 100"}
    cause = "The water boils: expected at least 100 °C, found 97 °C (from thermometer)"
    broken = {**KETTLE, "type": "x.ExpectationFailed", "message": cause, "expectation": expectation}
    _, folder = told(PageInput(failures={"B1": broken}), tmp_path)
    (card,) = tree(rendered(folder)).all("article")
    portuguese, english = shown_in(card, "pt"), shown_in(card, "en")
    assert "A água ferve: esperado no mínimo 100 °C, encontrado 97 °C (de termómetro)" in portuguese
    assert "Ligue-o à tomada." in portuguese and "100 graus em cinco minutos." in portuguese
    assert cause in english and "Plug it in." in english
    assert "Ligue" not in english and "Plug it in." not in portuguese


def test_what_stays_english_is_marked_as_english(tmp_path: Path) -> None:
    _, folder = told(PageInput(failures={"B1": {**KETTLE, "message": "nobody translated this"}}), tmp_path, {"a": "b"})
    (card,) = tree(rendered(folder)).all("article")
    marked = [one.text for one in card.all("span") if one.attributes == {"lang": "en"}]
    assert "nobody translated this" in marked and "Plug it in." in marked


def test_message_behind_the_name_of_an_exception_is_said(tmp_path: Path) -> None:
    derived, _ = told(PageInput(failures={"B1": {**KETTLE, "message": "OSError: the pipe burst at 3 bar"}}), tmp_path)
    finding = next(
        check["finding"]
        for one in in_portuguese(derived.run, derived.result)["criteria"]
        for check in one["checks"]
        if "finding" in check
    )
    assert finding["root_cause"] == "OSError: o cano rebentou a 3 bar"


@pytest.mark.parametrize(
    "given",
    [
        PageInput(failures={"B1": KETTLE}, waivers=[WAIVER]),
        PageInput(unmeasured={"A1": "no thermometer"}),
        PageInput(problems=[{"verdict": "INCOMPLETE", "code": "X", "message": "no thermometer"}]),
        PageInput(
            evidence={
                "A1": [{"kind": "table", "name": "degrees", "headers": ["degrees"], "rows": [[1]], "rows_left_out": 0}]
            }
        ),
    ],
    ids=["waived", "unmeasured", "problem", "table"],
)
def test_ids_outcomes_and_commands_are_in_no_language(given: PageInput, tmp_path: Path) -> None:
    derived, _ = told(given, tmp_path)
    both = paired(derived.result, in_portuguese(derived.run, derived.result))
    for one in both["criteria"]:
        for check in one["checks"]:
            assert isinstance(check["id"], str) and isinstance(check["outcome"], str)
            assert isinstance(check.get("finding", {}).get("reproduction", ""), str)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str]:
    """A kettle that stays cold, judged in Portuguese, and what the terminal said."""
    files = {"conftest.py": HOOK.format(known=KNOWN), "tests/test_b_heating.py": COLD}
    project = project_in(tmp_path_factory.mktemp("cold") / "kettle", files)
    project.commit()
    ended = project.run([*GATE, "run", "--lang", "pt"])
    assert ended.exit_code == 1, ended.output
    return project, ended.output


def test_run_says_its_checks_in_portuguese_everywhere(judged: tuple[Project, str]) -> None:
    project, output = judged
    cause = "a água da chaleira: esperado no mínimo 100 graus, encontrado 97 graus (de termómetro)"
    documents = [project.root / "docs" / "RELEASE_BLOCKED.md", project.folder / "ERROR_TRIAGE_REPORT.md"]
    for text in (output, *(path.read_text("utf-8") for path in documents)):
        assert cause in text.replace("\\", "")
        assert "Ligue-o à tomada." in text.replace("\\", "")
    assert "B Aquecimento" in output
    assert cause in shown_in(tree((project.folder / "release_report.html").read_bytes()), "pt")


def test_result_stays_english(judged: tuple[Project, str]) -> None:
    assert "chaleira" not in json.dumps(judged[0].result, ensure_ascii=False)


def test_run_in_portuguese_verifies_without_the_projects_code(judged: tuple[Project, str]) -> None:
    project, _ = judged
    declaration = load(project.root)
    assert declaration is not None
    refused = verify(project.folder / "RELEASE_GATE_RESULT.json", declaration)
    assert refused and all("FAIL" in one for one in refused)
    there = (project.folder / "release_report.html").read_bytes()
    hook = (project.root / "conftest.py").read_text("utf-8")
    try:
        project.write("conftest.py", "raise SystemExit('no code of the project')\n")
        again = project.run([*GATE, "render", project.folder, "--out", project.root / "again.html"])
        assert again.exit_code == 0, again.output
        assert (project.root / "again.html").read_bytes() == there
    finally:
        project.write("conftest.py", hook)
        (project.root / "again.html").unlink(missing_ok=True)


def test_project_without_the_hook_leaves_no_event(tmp_path: Path) -> None:
    project = project_in(tmp_path / "kettle", {})
    assert project.bare().exit_code == 0
    assert "portuguese" not in {event["event"] for event in read(project.folder / "journal.jsonl")}


@pytest.mark.parametrize(
    ("body", "said"), [("return ['x']", "where a dict belongs"), ("raise KeyError('x')", "KeyError: 'x'")]
)
def test_hook_that_fails_is_a_problem_of_the_run(body: str, said: str, tmp_path: Path) -> None:
    hook = HOOK.format(known={}).partition("    return")[0] + f"    {body}\n"
    project = project_in(tmp_path / "kettle", {"conftest.py": hook})
    assert project.bare().exit_code == 3
    assert any(said in reason for reason in project.result["reasons"]), project.result["reasons"]


def test_portuguese_that_is_no_text_is_passed_over(tmp_path: Path) -> None:
    known = {"Heating": 3, "Plug it in.": "", "degrees": ["x"]}
    project = project_in(tmp_path / "kettle", {"conftest.py": HOOK.format(known=known)})
    assert project.bare().exit_code == 0
    declaration = load(project.root)
    assert declaration is not None
    assert fold(read(project.folder / "journal.jsonl"), project.root).portuguese == {}
