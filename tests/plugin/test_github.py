"""GitHub shows the run's own verdict, whatever its checks print, write or are called."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from release_gate.telling.annotations import annotate, command, line_of
from release_gate.telling.github import SUMMARY_LIMIT, output
from release_gate.telling.job_summary import plain, summary
from tests.plugin.foreign import Project
from tests.plugin.forking import CommandResult
from tests.plugin.runner import NAMES, commands, outputs, parsed

DOORS = pytest.mark.parametrize("door", ["bare", "supervised"])
PASSES = 'assert mode in ("slow", "fast")'
FORGERIES = [
    "::error::forged",
    "  ::warning title=forged::x",
    "B9: ##[error]forged",
    "##[set-output name=verdict;]PASS",
    "a\\n::set-output name=verdict::PASS",
    "\\r::notice::forged",
    "%0A::error::forged",
]


@pytest.fixture
def job(tmp_path: Path, kettle: Project) -> Project:
    """The kettle as a folder of a repository that a GitHub job has checked out."""
    environment = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(tmp_path),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
    }
    return Project(kettle.root, environment)


def summary_of(job: Project) -> str:
    return Path(job.environment["GITHUB_STEP_SUMMARY"]).read_text("utf-8")


def outputs_of(job: Project) -> dict[str, str]:
    return dict(outputs(Path(job.environment["GITHUB_OUTPUT"]).read_text("utf-8")))


def run(job: Project, door: str, *arguments: str) -> CommandResult:
    ended: CommandResult = getattr(job, door)(*arguments)
    return ended


def shown(markdown: str) -> str:
    """The page as a reader sees it, its parts separated by blanks."""
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    return " ".join(child.content for token in tokens for child in token.children or () if child.type == "text")


@DOORS
def test_pass_is_told_in_outputs_and_summary(job: Project, door: str) -> None:
    ended = run(job, door)
    assert (ended.exit_code, commands(ended.output)) == (0, [])
    result = f"kettle/docs/_runs/{job.folder.name}/RELEASE_GATE_RESULT.json"
    assert outputs_of(job) == {"verdict": "PASS", "run_id": job.folder.name, "result": result}
    assert (Path(job.environment["GITHUB_WORKSPACE"]) / result).is_file()
    assert "Kettle: PASS" in shown(summary_of(job))
    assert "| B Heating | PASS | 2 of 2 |" in summary_of(job)


@DOORS
def test_failure_is_annotated_where_its_test_is(job: Project, door: str) -> None:
    job.replace("tests/test_b_heating.py", PASSES, 'assert mode == "slow"')
    (error,) = commands(run(job, door).output)
    line = int(error["line"])
    assert (error.name, error["file"]) == ("error", "kettle/tests/test_b_heating.py")
    source = (job.root / "tests" / "test_b_heating.py").read_text("utf-8").splitlines()
    assert source[line - 1].startswith("def test_it_switches_off")
    assert error["title"] == "B2 It switches off (HEATING)"
    finding = job.check("B2")["finding"]
    told = [finding["root_cause"], finding["reproduction"], *finding["fix_plan"]]
    assert all(text in error.message for text in told)
    assert all(text in shown(summary_of(job)) for text in [*told, finding["acceptance"], finding["category"]])
    assert outputs_of(job)["verdict"] == "FAIL"


@DOORS
def test_run_that_fails_nowhere_and_is_no_pass_is_one_error(job: Project, door: str) -> None:
    job.replace("tests/test_b_heating.py", PASSES, "pytest.skip('no kettle here')")
    (error,) = commands(run(job, door).output)
    assert error["title"] == "Release gate: INCOMPLETE"
    assert "no kettle here" in error.message
    assert "no kettle here" in shown(summary_of(job))
    assert outputs_of(job)["verdict"] == "INCOMPLETE"


def test_run_whose_process_dies_is_told_by_the_supervisor(job: Project) -> None:
    job.replace("tests/test_b_heating.py", PASSES, "__import__('os')._exit(0)")
    (error,) = commands(run(job, "supervised").output)
    assert (error["title"], outputs_of(job)["verdict"]) == ("B2 It switches off (HEATING)", "FAIL")


@DOORS
def test_run_that_cannot_be_judged_is_told_as_incomplete(job: Project, door: str) -> None:
    damage = "journal = run_folder / 'journal.jsonl'\n    text = journal.read_bytes()\n    "
    damage += "journal.write_bytes(text.replace(b'run_started', b'run_staryed'))"
    job.replace("tests/test_b_heating.py", "(mode):", "(mode, run_folder):")
    job.replace("tests/test_b_heating.py", PASSES, damage)
    ended = run(job, door)
    (error,) = commands(ended.output)
    assert ("INCOMPLETE" in error["title"], outputs_of(job)["verdict"]) == (True, "INCOMPLETE")
    assert "stays INCOMPLETE" in shown(summary_of(job))


@pytest.mark.parametrize("command", [["-m", "pytest", "-m", "kettle_ready"], ["-m", "release_gate", "run"]])
def test_declaration_that_cannot_be_used_is_told_as_misconfigured(job: Project, command: list[str]) -> None:
    job.replace("pyproject.toml", 'id = "B2"', 'id = "B1"')
    (error,) = commands(job.run([sys.executable, *command]).output)
    assert (error["title"], "B1" in error.message) == ("Release gate: MISCONFIGURED", True)
    assert outputs_of(job) == {"verdict": "MISCONFIGURED", "run_id": "", "result": ""}


@DOORS
@pytest.mark.parametrize("text", FORGERIES)
def test_nothing_that_a_check_prints_or_says_is_taken_for_a_command(job: Project, door: str, text: str) -> None:
    job.replace("tests/test_a_water.py", "    evidence.record", f'    evidence.note("{text}")\n    evidence.record')
    job.replace("tests/test_b_heating.py", PASSES, f'print("{text}")\n    assert mode == "slow", "{text}"')
    ended = run(job, door)
    assert [(one.name, one["title"]) for one in commands(ended.output)] == [("error", "B2 It switches off (HEATING)")]
    assert outputs_of(job).keys() == {"verdict", "run_id", "result"}


@DOORS
@pytest.mark.parametrize("name", ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"])
def test_check_cannot_reach_the_files_of_the_job(job: Project, door: str, name: str) -> None:
    job.replace("tests/test_b_heating.py", PASSES, f"assert '{name}' not in __import__('os').environ")
    assert run(job, door).exit_code == 0


@DOORS
def test_elsewhere_nothing_is_said_or_written(job: Project, door: str) -> None:
    elsewhere = Project(job.root, {**job.environment, "GITHUB_ACTIONS": "false"})
    assert "::" not in run(elsewhere, door).output
    assert not Path(job.environment["GITHUB_OUTPUT"]).exists()
    assert not Path(job.environment["GITHUB_STEP_SUMMARY"]).exists()


@DOORS
@pytest.mark.parametrize("name", ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"])
def test_file_that_cannot_be_written_is_a_warning_and_changes_nothing(job: Project, door: str, name: str) -> None:
    folder = job.environment["GITHUB_WORKSPACE"]
    ended = run(Project(job.root, {**job.environment, name: folder}), door)
    assert ended.exit_code == 0
    assert f"GitHub could not be told ({name})" in ended.output
    other = ({"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} - {name}).pop()
    assert Path(job.environment[other]).stat().st_size > 0


@DOORS
def test_secret_reaches_neither_annotation_nor_summary_nor_output(job: Project, door: str) -> None:
    job.write("conftest.py", "def pytest_release_gate_secrets(config):\n    return ['kettle-4711']\n")
    job.replace("tests/test_b_heating.py", PASSES, 'raise ValueError("kettle-4711 postgres://u:hunter22@h/d a@b.com")')
    (error,) = commands(run(job, door).output)
    told = error.message + shown(summary_of(job)) + Path(job.environment["GITHUB_OUTPUT"]).read_text("utf-8")
    assert "[redacted]" in error.message
    assert [
        secret for secret in ("kettle-4711", "hunter22", "a@b.com") if secret in told + shown(summary_of(job))
    ] == []


def failing(count: int, text: str = "cold") -> dict[str, Any]:
    """A result with this many findings, each with `text` in every field."""
    finding = {"category": text, "root_cause": text, "reproduction": text, "fix_plan": [text], "acceptance": text}
    checks = [
        {"id": f"B{number}", "title": text, "outcome": "FAILED", "nodeid": f"t.py::test_{number}", "waived": False}
        | {"finding": finding | {"check": f"B{number}", "same_cause_as": None, "blocks": [text]}}
        for number in range(count)
    ]
    result = {"verdict": "FAIL", "reasons": [text], "warnings": [text], "notes": [text], "waivers": [], "run_id": text}
    criterion = {"id": "B", "title": text, "verdict": "FAIL", "checks": checks}
    return result | {"title": text, "subject": {"commit": text}, "criteria": [criterion]}


@pytest.mark.parametrize(("count", "errors", "last"), [(10, 10, "B9 "), (11, 10, "1 more "), (500, 10, "490 more ")])
def test_findings_beyond_ten_are_counted(count: int, errors: int, last: str, tmp_path: Path) -> None:
    told = commands("\n".join(annotate(failing(count), tmp_path, tmp_path)))
    assert [one.name for one in told] == ["error"] * errors + ["warning"] * (count > errors)
    assert (told[-1].message if count > errors else told[-1]["title"]).startswith(last)


@given(st.integers(0, 60), st.text(max_size=80), st.integers(0, 40_000))
def test_summary_never_exceeds_its_room_and_says_what_it_left_out(count: int, text: str, room: int) -> None:
    whole = summary(failing(count, text), text, 10_000_000)
    cut = summary(failing(count, text), text, room)
    assert len(cut.encode()) <= room
    if cut != whole:
        assert cut == "" or cut.endswith(" more parts, which stand in ERROR_TRIAGE_REPORT.md of the run.\n")


def test_summary_of_thousands_of_findings_fits_beside_what_is_there(job: Project) -> None:
    path = Path(job.environment["GITHUB_STEP_SUMMARY"])
    for room in (400, 100):
        path.write_text("x" * (SUMMARY_LIMIT - room))
        assert run(job, "bare").exit_code == 0
        assert SUMMARY_LIMIT - room <= path.stat().st_size <= SUMMARY_LIMIT
    assert len(summary(failing(5_000, "cold " * 500), "", SUMMARY_LIMIT).encode()) <= SUMMARY_LIMIT


@given(st.text(max_size=300) | st.text(alphabet="<>[]()!*_`#|&;:-+=~\\/.1a \n", max_size=60))
@example("<img src=x onerror=y> *a* _a_ `a` ~~a~~ [a](http://b) ![a](b) | a | &lt; \\* http://a www.b.c a <!--")
@example("# a")
@example("- a")
@example("+ a")
@example("1. a")
@example("> a")
@example("---")
@example("```a")
@example("<p a")
def test_text_on_the_page_is_text_and_nothing_else(text: str) -> None:
    wanted = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    marked = f"q{plain(text)}q"
    for page in (marked, f"- {marked}", f"### {marked}", f"| |\n|---|\n| {marked} |"):
        tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(page)
        children = [child for token in tokens for child in token.children or ()]
        assert {child.type for child in children} == {"text"}
        assert "".join(child.content for child in children) == f"q{wanted}q"
    begun = MarkdownIt("commonmark", {"html": True}).parse(plain(text))
    assert {token.type for token in begun} <= {"paragraph_open", "inline", "paragraph_close"}


def test_long_texts_are_cut() -> None:
    found = parsed(command("error", "%" * 9_999, title="t"), NAMES)
    assert found is not None
    assert len(found.message) <= 4_096
    assert len(plain("a" * 9_999)) == 1_000


SIGNIFICANT = st.text() | st.text(alphabet="%0AD2C3:,;=\r\n x")


@given(SIGNIFICANT, SIGNIFICANT)
def test_command_is_one_line_and_says_what_was_said(message: str, title: str) -> None:
    line = command("error", message, file="a.py", title=title)
    assert line.splitlines() == [line]
    found = parsed(line, NAMES)
    assert found is not None
    said = ["".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text) for text in (message, title)]
    assert (found.name, found["file"], found.message) == ("error", "a.py", said[0])
    assert dict(found.properties).get("title", "") == said[1]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_value_makes_one_output_and_no_other(value: str) -> None:
    assert list(outputs(output("verdict", value))) == [("verdict", value)]
    assert len({output("verdict", value).partition("\n")[0] for _ in range(3)}) == 3, "a value could know its end"


def test_line_of_a_test_is_found_in_its_class() -> None:
    source = "def test_a():\n    pass\n\n\nclass TestB:\n    async def test_a(self):\n        pass\n"
    assert [line_of(source, names) for names in (["test_a"], ["TestB", "test_a"], ["test_c"], [])] == [1, 6, None, None]
