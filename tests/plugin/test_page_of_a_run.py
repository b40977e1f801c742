"""A project adds its sections by a hook; the page is written with the run, rendered again and verified without it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from release_gate.rules.declaration import Declaration, load
from release_gate.sealing.verifying import verify
from tests.plugin.foreign import GATE, Project, project_in
from tests.plugin.paged import tree

CONFTEST = """import json

import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_release_gate_page(config, folder):
    degrees = json.loads((folder / "boil.json").read_text())["degrees"]
    level = {"label": "water", "value": degrees, "marks": [{"label": "boils", "value": 100}]}
    bars = {"type": "bars", "title": "Temperature", "unit": "°C", "most": 120, "rows": [level]}
    title = {"en": "Heat", "pt": "Calor"}
    return {"facts": [{"label": "degrees", "value": degrees}], "sections": [{"title": title, "blocks": [bars]}]}
"""
PAGE, KEPT, RESULT = "release_report.html", "release_report.json", "RELEASE_GATE_RESULT.json"


@pytest.fixture(scope="module")
def heated(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A committed kettle with the hook, judged twice."""
    project = project_in(tmp_path_factory.mktemp("heated") / "kettle", {"conftest.py": CONFTEST})
    project.commit()
    for _ in range(2):
        ended = project.supervised()
        assert ended.exit_code == 0, ended.output
    return project


@pytest.fixture
def declaration(heated: Project) -> Declaration:
    loaded = load(heated.root)
    assert loaded is not None
    return loaded


def test_page_has_the_projects_sections_and_the_earlier_run(heated: Project) -> None:
    shown = tree((heated.folder / PAGE).read_bytes()).text
    for text in ("Heat", "Calor", "degrees", "Temperature", "boils", heated.runs[0].name):
        assert text in shown
    assert KEPT in {one["path"] for one in heated.result["artefacts"]}
    assert PAGE not in {one["path"] for one in heated.result["artefacts"]}


def test_render_gives_the_same_bytes_without_the_projects_code(heated: Project, tmp_path: Path) -> None:
    there = (heated.folder / PAGE).read_bytes()
    hook = heated.root / "conftest.py"
    try:
        hook.write_text("raise SystemExit('the page needs no code of the project')\n", encoding="utf-8")
        again = heated.run([*GATE, "render", heated.folder, "--out", tmp_path / "again.html", "--json"])
    finally:
        hook.write_text(CONFTEST, encoding="utf-8")
    assert again.exit_code == 0, again.output
    assert json.loads(again.output)["bytes"] == len(there)
    assert (tmp_path / "again.html").read_bytes() == there


@pytest.mark.parametrize("place", ["page.html", "page/deep.html"])
def test_render_writes_no_more_into_a_sealed_folder(heated: Project, declaration: Declaration, place: str) -> None:
    ended = heated.run([*GATE, "render", heated.folder, "--out", heated.folder / place])
    assert (ended.exit_code, "lies in a run's folder, which is sealed" in ended.output) == (1, True), ended.output
    assert verify(heated.folder / RESULT, declaration) == []


@pytest.mark.parametrize("deed", ["changed", "removed"])
def test_verify_refuses_another_page(deed: str, heated: Project, declaration: Declaration) -> None:
    path = heated.folder / PAGE
    there = path.read_bytes()
    assert verify(heated.folder / RESULT, declaration) == []
    try:
        if deed == "changed":
            path.write_bytes(there.replace(b"May be released", b"Is to be released"))
        else:
            path.unlink()
        refused = verify(heated.folder / RESULT, declaration)
    finally:
        path.write_bytes(there)
    assert len(refused) == 1 and PAGE in refused[0]


def test_hook_that_tells_another_form_is_a_problem_of_the_run(tmp_path: Path) -> None:
    told = 'return {"sections": [{"title": "Heat", "blocks": [{"type": "script", "text": "alert(1)"}]}]}'
    hook = CONFTEST.partition("    degrees")[0] + f"    {told}\n"
    project = project_in(tmp_path / "kettle", {"conftest.py": hook})
    assert project.bare().exit_code == 3
    assert any("The hook pytest_release_gate_page told" in reason for reason in project.result["reasons"])
    assert "INCOMPLETE" in next(tree((project.folder / PAGE).read_bytes()).all("h1")).text


def test_runs_are_listed_with_their_pages(heated: Project) -> None:
    root = tree((heated.folder.parent / "index.html").read_bytes())
    links = [one.attributes["href"] for one in root.all("a")]
    assert links == [f"./{run.name}/{PAGE}" for run in reversed(heated.runs)]


def test_run_that_contradicts_its_journal_is_not_rendered(heated: Project, tmp_path: Path) -> None:
    path = heated.folder / RESULT
    there = path.read_bytes()
    try:
        path.write_bytes(there.replace(b'"title": "Kettle"', b'"title": "Teapot"'))
        ended = heated.run([*GATE, "render", heated.folder, "--out", tmp_path / "none.html"])
    finally:
        path.write_bytes(there)
    assert ended.exit_code == 1 and "no page is rendered" in ended.output
    assert not (tmp_path / "none.html").exists()
