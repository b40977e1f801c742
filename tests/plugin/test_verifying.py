"""A result is valid for exactly its commit, dependencies, requirements, workbook and age, and for nothing else."""

from __future__ import annotations

import pytest

from tests.plugin.foreign import GATE, Project

SUBJECT = """import hashlib
from pathlib import Path

import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_release_gate_subject(config):
    sha256 = hashlib.sha256(Path(config.rootpath, "water.xlsx").read_bytes()).hexdigest()
    return {"workbook": {"kind": "KIND", "name": "water.xlsx", "sha256": sha256}}
"""


def passed(kettle: Project, kind: str = "given") -> str:
    """Make the kettle a clean checkout with a passed gate; returns its commit."""
    kettle.write("water.xlsx", "water")
    kettle.write("conftest.py", SUBJECT.replace("KIND", kind))
    commit = kettle.commit()
    assert kettle.bare().exit_code == 0
    return commit


def test_result_is_valid_for_its_own_checkout(kettle: Project) -> None:
    commit = passed(kettle)
    accepted = kettle.verify("--commit", commit, "--workbook", "water.xlsx", "--max-age", "1h")
    assert (accepted.exit_code, kettle.verify().exit_code) == (0, 0), accepted.output


def test_result_is_valid_from_a_copied_run_folder(kettle: Project) -> None:
    commit = passed(kettle)
    kettle.folder.rename(kettle.root.parent / "downloaded")
    downloaded = kettle.root.parent / "downloaded" / "RELEASE_GATE_RESULT.json"
    assert kettle.verify(str(downloaded), "--commit", commit).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "name", "text"),
    [
        pytest.param(["--commit", "0" * 40], "", "", id="another commit"),
        pytest.param(["--workbook", "../other.xlsx"], "../other.xlsx", "tea", id="another workbook"),
        pytest.param(["--max-age", "0m"], "", "", id="too old"),
        pytest.param([], "tests/test_new.py", "", id="a file that no commit has"),
        pytest.param(["--commit", "HEAD"], "", "", id="a name for a commit"),
    ],
)
def test_result_is_refused_for_anything_else(kettle: Project, arguments: list[str], name: str, text: str) -> None:
    passed(kettle)
    if name:
        kettle.write(name, text)
    refused = kettle.verify(*arguments)
    assert (refused.exit_code, refused.output.count("refused:")) == (1, 1), refused.output


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        pytest.param("requirements.lock", "water==1.0", "water==2.0", id="other dependencies"),
        pytest.param("pyproject.toml", "It switches off", "It switches on", id="other requirements"),
    ],
)
def test_result_is_refused_when_the_checkout_requires_otherwise(kettle: Project, name: str, old: str, new: str) -> None:
    commit = passed(kettle)
    kettle.replace(name, old, new)
    refused = kettle.verify("--commit", commit)
    assert (refused.exit_code, refused.output.count("refused:")) == (1, 1), refused.output


def test_sample_is_accepted_only_when_allowed(kettle: Project) -> None:
    passed(kettle, kind="sample")
    assert (kettle.verify().exit_code, kettle.verify("--allow-sample").exit_code) == (1, 0)


def test_dirty_tree_is_said_and_never_valid(kettle: Project) -> None:
    commit = passed(kettle)
    kettle.write("tests/test_new.py", "")
    kettle.folder.rename(kettle.root.parent / "earlier")
    assert kettle.bare().exit_code == 0
    assert kettle.result["subject"]["dirty"] is True
    assert kettle.verify("--commit", commit).exit_code == 1


def test_release_refuses_sample_data(kettle: Project) -> None:
    passed(kettle, "sample")
    assert kettle.run([*GATE, "run", "--release"]).exit_code == 3
    assert kettle.blocked.exists()


def test_release_refuses_a_dirty_tree_before_a_run_begins(kettle: Project) -> None:
    passed(kettle, "given")
    kettle.write("tests/test_new.py", "")
    ended = kettle.run([*GATE, "run", "--release"])
    assert (ended.exit_code, len(kettle.runs), kettle.blocked.exists()) == (4, 1, False)
    assert "--gate-release needs a clean git checkout: " in ended.output


def test_release_passes_on_given_data_and_a_clean_tree(kettle: Project) -> None:
    passed(kettle)
    kettle.folder.rename(kettle.root.parent / "earlier")
    assert kettle.run([*GATE, "run", "--release"]).exit_code == 0
    assert kettle.result["release"] is True


def test_nothing_to_verify_is_refused(kettle: Project) -> None:
    assert kettle.verify().exit_code == 1


def test_checkout_that_moves_during_the_run_proves_nothing(kettle: Project) -> None:
    kettle.write(
        "tests/test_b_heating.py",
        (kettle.root / "tests/test_b_heating.py").read_text("utf-8")
        + "\n    import pathlib\n    pathlib.Path('.git/refs/heads/moved').write_text('0' * 40 + '\\n')\n"
        + "    pathlib.Path('.git/HEAD').write_text('0123456789' * 4 + '\\n')\n",
    )
    kettle.commit()
    assert kettle.bare().exit_code == 3
