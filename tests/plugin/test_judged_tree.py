"""The judged code is the commit only where the tree was clean before and after, and nothing came from elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.plugin.foreign import GATE, Project

IMPORTS = "import sys\n\nsys.path.insert(0, {place!r})\n\nimport spout  # noqa: E402, F401\n"


def with_test(kettle: Project, line: str) -> None:
    """A line more in the check of the heating."""
    kettle.replace("tests/test_b_heating.py", "import pytest\n", f"import pytest\n\n{line}\n")


def test_tree_that_becomes_clean_during_the_run_was_dirty(kettle: Project) -> None:
    with_test(kettle, 'import pathlib\n\npathlib.Path("extra.py").unlink(missing_ok=True)')
    commit = kettle.commit()
    kettle.write("extra.py", "")
    assert kettle.supervised().exit_code == 0
    subject = kettle.result["subject"]
    assert (subject["dirty"], subject["dirty_at_start"]) == (True, True)
    assert "extra.py are in no commit" in subject["tree_reasons"][0]
    refused = kettle.verify("--commit", commit)
    assert (refused.exit_code, "extra.py" in refused.output) == (1, True), refused.output


def test_module_of_the_project_from_elsewhere_is_no_commit_of_it(kettle: Project, tmp_path: Path) -> None:
    kettle.write("spout.py", "")
    (tmp_path / "copies").mkdir()
    (tmp_path / "copies" / "spout.py").write_text("")
    with_test(kettle, IMPORTS.format(place=str(tmp_path / "copies")))
    kettle.commit()
    ended = kettle.run([*GATE, "run", "--release"])
    assert ended.exit_code == 3, ended.output
    assert "module of the project came from elsewhere: spout" in " ".join(kettle.result["reasons"])


def test_clean_project_with_a_module_of_its_own_passes(kettle: Project) -> None:
    kettle.write("spout.py", "")
    with_test(kettle, IMPORTS.format(place=str(kettle.root)))
    kettle.commit()
    ended = kettle.run([*GATE, "run", "--release"])
    assert (ended.exit_code, kettle.verify().exit_code) == (0, 0), ended.output


def test_stale_bytecode_is_not_run_in_a_release(kettle: Project) -> None:
    """A .pyc of the same time and size as its source: Python would take it."""
    script = "\n".join(
        [
            "import os, py_compile, pathlib",
            "path = pathlib.Path('spout.py'); good = path.read_text()",
            "path.write_text(good.replace('False', 'True ')); os.utime(path, (1, 1))",
            "py_compile.compile('spout.py'); path.write_text(good); os.utime(path, (1, 1))",
        ]
    )
    kettle.write("spout.py", "OPEN = False\n")
    with_test(kettle, IMPORTS.format(place=str(kettle.root)) + "\nassert spout.OPEN")
    kettle.commit()
    kettle.run([GATE[0], "-c", script])
    assert kettle.run([*GATE, "run", "--release"]).exit_code != 0


@pytest.mark.parametrize("arguments", [[], ["--commit", "0" * 40]])
def test_unknown_tree_is_refused_with_gits_own_sentence(kettle: Project, arguments: list[str]) -> None:
    kettle.commit()
    shutil.rmtree(kettle.root / ".git")
    project = Project(kettle.root, {"GITHUB_SHA": "0" * 40})
    assert project.bare().exit_code == 0
    assert (project.result["subject"]["commit"], project.result["subject"]["dirty"]) == ("0" * 40, None)
    refused = project.verify(*arguments)
    assert (refused.exit_code, "not a git repository" in refused.output) == (1, True), refused.output
