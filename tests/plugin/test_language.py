"""A run's sentences for people in Portuguese: all of them, none that a program looks for, and the same when derived
again anywhere."""

from __future__ import annotations

import ast
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release_gate.record.journal import JournalError
from release_gate.rules.declaration import load
from release_gate.rules.language import Language, language_of
from release_gate.rules.model import Outcome
from release_gate.sealing.result import from_journal
from release_gate.telling import reports, sentences
from release_gate.telling.bilingual import Words
from release_gate.telling.closing_lines import LONGEST, closing_lines
from release_gate.telling.colours import coloured
from release_gate.telling.page.rendering import page
from release_gate.telling.remedies import REMEDIES
from release_gate.telling.reports import blocked, triage
from release_gate.telling.sentences import SENTENCES
from release_gate.telling.terminal import Board
from tests.plugin.foreign import GATE, Project, project_in
from tests.plugin.page_states import EXPECTATION, KETTLE, STATES, WAIVER
from tests.plugin.paged import BASE, PageInput, folder_of, tree
from tests.plugin.test_closing_lines import DECLARATION, Terminal, result

TELLING = Path(reports.__file__).parent
PLACE = re.compile(r"\{\w+\}")
SAMPLE = {"workbook": {"kind": "sample", "name": "w", "sha256": "0" * 64}}
RUNS = {
    **STATES,
    "waived sample": PageInput(failures={"B1": KETTLE}, waivers=[WAIVER], subject=SAMPLE),
    "whole finding": PageInput(
        failures={"A1": {**KETTLE, "expectation": EXPECTATION}, "B1": KETTLE, "B2": {**KETTLE, "message": "cold"}},
        evidence={"A1": [{"kind": "file", "name": "boil", "path": "boil.json", "sha256": "0" * 64}]},
    ),
    "unmeasured": PageInput(unmeasured={"A1": "no thermometer"}),
}
ENGLISH_BY_ENVIRONMENT = {"RELEASE_GATE_LANG": "en", "LANG": "C"}
LINES_FOR_PROGRAMS = ("PRODUCTION PROOF ", "Backend is ", "Verdict: ", "Run ID: ", "Artifacts: ", "Release blocked ")


def entries() -> Iterator[tuple[str, Words]]:
    yield from SENTENCES.items()
    yield from REMEDIES.items()


@pytest.mark.parametrize(("name", "words"), [*entries()])
def test_each_sentence_is_in_both_languages_with_the_same_values(name: str, words: Words) -> None:
    assert words.en.strip()
    assert words.pt.strip()
    assert words.en != words.pt
    assert sorted(PLACE.findall(words.en)) == sorted(PLACE.findall(words.pt))
    spaces = [(len(text) - len(text.lstrip()), len(text) - len(text.rstrip())) for text in (words.en, words.pt)]
    assert spaces[0] == spaces[1]
    assert words.en.count("|") == words.pt.count("|")


def test_each_sentence_is_used_and_each_used_one_is_there() -> None:
    source = [ast.parse(path.read_text("utf-8")) for path in TELLING.glob("*.py") if path.name != "sentences.py"]
    used = {
        node.value
        for tree in source
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert SENTENCES.keys() <= used


@pytest.mark.parametrize("kind", RUNS)
def test_documents_hold_no_sentence_outside_the_catalogue(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    derived = from_journal(folder_of(tmp_path / "20260101_000000", RUNS[kind]), BASE)
    told = [derived.result, dict(derived.run.declaration.raw), str(tmp_path), derived.run.problems]
    values = json.dumps(told, default=str, ensure_ascii=False)
    monkeypatch.setattr(sentences, "in_language", lambda _, words: f" {' '.join(PLACE.findall(words.en))} ")
    monkeypatch.setattr(reports, "in_language", lambda _, words: "")
    left = blocked(derived.run, derived.result, tmp_path) + triage(derived.run, derived.result)
    known = {*re.findall(r"\w+", values), "ERROR_TRIAGE_REPORT", "md"}
    assert {word for word in re.findall(r"\w+", left) if not word.isdigit()} <= known
    assert derived.run.declaration.title in left


@pytest.mark.parametrize("kind", RUNS)
def test_documents_say_the_same_in_both_languages(kind: str, tmp_path: Path) -> None:
    derived = from_journal(folder_of(tmp_path / "20260101_000000", RUNS[kind]), BASE)
    spoken = replace(derived.run, language=Language.PT)
    for document in (blocked(spoken, derived.result, tmp_path), triage(spoken, derived.result)):
        assert not re.search(r"\b(the|Verdict|evidence|Why|failed by|Then|run)\b", without_values(document))
        assert "`20260101_000000`" in document
    english, portuguese = (blocked(run, derived.result, tmp_path).splitlines() for run in (derived.run, spoken))
    assert [bool(line) for line in english] == [bool(line) for line in portuguese]
    assert portuguese[0].startswith("# Lançamento bloqueado: ")


def without_values(document: str) -> str:
    """The document without code, list items and what stands behind a colon: those are values."""
    lines = [re.sub(r"`[^`]*`", "", line) for line in document.splitlines()]
    return "\n".join(line.partition(":")[0] for line in lines if not re.match(r"[#|\-\d]|  -|  \d", line))


@pytest.mark.parametrize(("causes", "reasons"), [(1, 0), (2, 0), (9, 3), (0, 1)])
def test_closing_lines_are_portuguese_but_for_those_that_are_looked_for(causes: int, reasons: int) -> None:
    given = result("FAIL" if causes else "INCOMPLETE", causes, reasons)
    folder = Path("/p/docs/_runs/20261129_101010")
    english, portuguese = (closing_lines(DECLARATION, given, folder, None, language) for language in Language)
    assert len(english) == len(portuguese) <= LONGEST
    for line, other in zip(english, portuguese, strict=True):
        if line.startswith(LINES_FOR_PROGRAMS):
            assert other.startswith(line)
        else:
            assert other != line or line.startswith(("  A", "  reason"))
    told = coloured(portuguese, Terminal())
    assert all(line.startswith("\x1b[") for line in told)
    assert [line[:5] for line in told] == [line[:5] for line in coloured(english, Terminal())]


def test_verdict_of_a_pass_is_explained_behind_its_code() -> None:
    given = result("PASS")
    lines = closing_lines(DECLARATION, given, Path("/p/docs/_runs/r"), None, Language.PT)
    assert lines[:3] == [
        "PRODUCTION PROOF COMPLETE",
        "Backend is PRODUCTION READY",
        "Verdict: PASS · Pode ser lançado",
    ]
    given["subject"] = SAMPLE
    sample = closing_lines(DECLARATION, given, Path("/p/docs/_runs/r"), None, Language.PT)[2]
    assert sample.startswith("Verdict: PASS (sample data) · O software pode ser lançado; não foram avaliados")


def test_live_table_is_portuguese() -> None:
    declaration = load(BASE)
    assert declaration is not None
    board = Board(declaration, stream := io.StringIO(), language=Language.PT)
    board._usual = {"A": 3.0}
    board.open("r")
    board.progress("a ferver", 2, 3000)
    board.leave("B2", Outcome.PASSED, "", 0.1)
    step, table = board._step, board._table()
    board.close()
    assert [column.header for column in table.columns] == ["", "", "critério", "verificações", "tempo", "agora"]
    assert str(next(iter(table.columns[4].cells))) == "cerca de 3 s"
    assert f"validação do lançamento, execução r, {len(declaration.checks)} verificações" in stream.getvalue()
    assert step == "a ferver 2 de 3,000"


def failing(folder: Path, **environment: str) -> Project:
    project = project_in(folder, None, RELEASE_GATE_LANG="", LANG="C", **environment)
    project.replace("tests/test_b_heating.py", 'assert mode in ("slow", "fast")', 'assert mode == "slow"')
    return project


def opened_in(project: Project) -> tuple[str, str]:
    """The language of the list of runs, and the choice in it that is checked."""
    root = tree((project.folder.parent / "index.html").read_bytes())
    (checked,) = (one.attributes["id"] for one in root.all("input") if "checked" in one.attributes)
    return next(root.all("html")).attributes["lang"], checked


def spoken_in(project: Project) -> str:
    first = json.loads((project.folder / "journal.jsonl").read_text("utf-8").splitlines()[0])
    assert first["event"] == "run_started"
    return str(first.get("language", "none"))


@pytest.mark.parametrize("door", ["bare", "supervised"])
@pytest.mark.parametrize("way", ["option", "variable", "locale"])
def test_run_speaks_portuguese_by_option_variable_and_locale(tmp_path: Path, door: str, way: str) -> None:
    variables = {"variable": {"RELEASE_GATE_LANG": "pt"}, "locale": {"LC_MESSAGES": "pt_PT.UTF-8"}}
    project = replace(failing(tmp_path / "kettle"))
    project = replace(project, environment={**project.environment, **variables.get(way, {})})
    output = getattr(project, door)(*(["--gate-lang", "pt"] if way == "option" else [])).output
    assert "verificações" in output
    assert "    correção: " in output
    assert "PRODUCTION PROOF FAILED at step B. Heating\n" in output
    assert "Verdict: FAIL · Não pode ser lançado\n" in output
    assert "Release blocked document written: docs/RELEASE_BLOCKED.md\n" in output
    assert project.blocked.read_text("utf-8").startswith("# Lançamento bloqueado: ")
    assert spoken_in(project) == "pt"
    assert project.check("B2")["finding"]["reproduction"].endswith("pt") is False


def test_run_without_a_setting_is_as_before(tmp_path: Path) -> None:
    project = failing(tmp_path / "kettle")
    assert "Verdict: FAIL\n" in project.supervised().output
    assert spoken_in(project) == "none"
    assert project.blocked.read_text("utf-8").startswith("# Release blocked: ")


def test_project_names_a_variable_of_its_own_and_the_option_is_stronger(tmp_path: Path) -> None:
    project = failing(tmp_path / "kettle", KETTLE_LANG="pt")
    project.replace(
        "pyproject.toml", "[tool.release_gate]\n", '[tool.release_gate]\nlanguage_variable = "KETTLE_LANG"\n'
    )
    project.supervised()
    assert spoken_in(project) == "pt"
    project.run([*GATE, "run", "--lang", "en"])
    assert spoken_in(project) == "none"


def test_recorded_language_gives_the_same_bytes_in_every_environment(tmp_path: Path) -> None:
    project = failing(tmp_path / "kettle")
    project.supervised("--gate-lang=pt")
    report = (project.folder / "ERROR_TRIAGE_REPORT.md").read_bytes()
    assert report.startswith(b"# Triagem de erros: ")
    english = replace(project, environment={**project.environment, **ENGLISH_BY_ENVIRONMENT})
    assert english.run([*GATE, "recompute"]).output.endswith(", as recorded.\n")
    assert english.run([*GATE, "triage"]).output.encode() == report
    assert "differs" not in english.run([*GATE, "render"]).output
    assert "FAIL" in english.verify().output


def test_passed_portuguese_run_is_valid_for_an_english_verifier(tmp_path: Path) -> None:
    project = project_in(tmp_path / "kettle")
    project.commit()
    assert project.supervised("--gate-lang", "pt").exit_code == 0
    assert (project.verify().exit_code, project.blocked.exists()) == (0, False)


def test_list_of_runs_opens_in_the_language_of_its_writer(tmp_path: Path) -> None:
    project = failing(tmp_path / "kettle")
    assert project.supervised("--gate-lang", "pt").exit_code == 1
    assert opened_in(project) == ("pt", "language-pt")
    speaker = replace(project, environment={**project.environment, "RELEASE_GATE_LANG": "pt"})
    for one, language in ((project, "en"), (speaker, "pt")):
        assert one.run([*GATE, "history"]).exit_code == 0
        assert opened_in(project) == (language, f"language-{language}")


def test_no_check_changes_the_language_of_its_run(tmp_path: Path) -> None:
    project = failing(tmp_path / "kettle")
    project.write("conftest.py", 'import os\n\n\ndef pytest_configure():\n    os.environ["RELEASE_GATE_LANG"] = "en"\n')
    assert "Verdict: FAIL · Não pode ser lançado\n" in project.supervised("--gate-lang", "pt").output


def test_unknown_language_is_refused_before_a_run(kettle: Project) -> None:
    ended = kettle.supervised("--gate-lang", "fr")
    assert "--gate-lang" in ended.output
    assert kettle.runs == []
    assert kettle.run([*GATE, "run", "--lang", "fr"]).exit_code == 2


def test_journal_of_an_unknown_language_is_no_journal(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "20260101_000000", STATES["PASS"])
    path = folder / "journal.jsonl"
    first, rest = path.read_bytes().split(b"\n", 1)
    path.write_bytes(json.dumps(json.loads(first) | {"language": "fr"}).encode() + b"\n" + rest)
    with pytest.raises(JournalError, match="fr"):
        from_journal(folder, BASE)


NAMES = ["RELEASE_GATE_LANG", "OWN", "LC_ALL", "LC_MESSAGES", "LANG"]


@given(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["", "pt", "PT_pt.UTF-8", "en", "ptx", "C"])))
def test_strongest_variable_that_is_set_decides(environment: dict[str, str]) -> None:
    first = next((environment[name] for name in NAMES if environment.get(name)), "")
    assert language_of(environment, "OWN") == ("pt" if first in ("pt", "PT_pt.UTF-8") else "en")
    assert language_of(environment) == language_of({k: v for k, v in environment.items() if k != "OWN"}, "OWN")


@pytest.mark.parametrize("kind", ["PASS", "FAIL", "INCOMPLETE"])
def test_page_opens_in_the_language_of_its_run(kind: str, tmp_path: Path) -> None:
    derived = from_journal(folder := folder_of(tmp_path / "20260101_000000", STATES[kind]), BASE)
    for language, other in ((Language.PT, Language.EN), (Language.EN, Language.PT)):
        shown = page(replace(derived.run, language=language), derived.result, folder).decode()
        assert f'<html lang="{language}">' in shown
        assert f'id="language-{language}" checked>' in shown
        assert f'id="language-{other}">' in shown


def test_documents_name_the_check_by_its_title(tmp_path: Path) -> None:
    derived = from_journal(folder_of(tmp_path / "20260101_000000", STATES["FAIL"]), BASE)
    assert "## B1 The water boils (HEATING)\n" in blocked(derived.run, derived.result, tmp_path)
    assert "## FINDING-01 B1 The water boils (HEATING)\n" in triage(derived.run, derived.result)
