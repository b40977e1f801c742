"""A tree is clean only where its files are the commit's, whatever configuration and environment tell git."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from release_gate.in_pytest.refusals import subject_problems
from release_gate.sealing.subject import checkout
from tests.plugin.checkouts import CLEAN, DIRTY, Checkout, checkout_in


@pytest.fixture
def here(tmp_path: Path) -> Checkout:
    return checkout_in(tmp_path / "kettle")


@pytest.mark.parametrize("deed", DIRTY)
def test_difference_is_seen_however_git_is_told_to_hide_it(deed: str, here: Checkout) -> None:
    DIRTY[deed](here)
    assert checkout(here.root) == (here.git("rev-parse", "HEAD"), True)


@pytest.mark.parametrize("deed", CLEAN)
def test_checkout_as_git_makes_it_is_clean(deed: str, here: Checkout) -> None:
    CLEAN[deed](here)
    assert checkout(here.root) == (here.git("rev-parse", "HEAD"), False)


@pytest.mark.parametrize(
    "name", ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_CONFIG_GLOBAL", "GIT_NAMESPACE"]
)
def test_environment_does_not_point_git_elsewhere(
    name: str, here: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = checkout_in(tmp_path / "other", {"run.sh": ""})
    commit = here.git("rev-parse", "HEAD")
    places = {"GIT_WORK_TREE": other.root, "GIT_CONFIG_GLOBAL": tmp_path / "config"}
    (tmp_path / "config").write_text(f"[core]\n\texcludesFile = {tmp_path / 'all'}\n")
    (tmp_path / "all").write_text("*\n")
    monkeypatch.setenv(name, str(places.get(name, other.root / ".git")))
    assert checkout(here.root) == (commit, False)
    here.write("extra.py", "")
    assert checkout(here.root) == (commit, True)


def test_configuration_in_the_environment_hides_nothing(here: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("COUNT", "1"), ("KEY_0", "status.showUntrackedFiles"), ("VALUE_0", "no")):
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    here.write("extra.py", "")
    assert checkout(here.root)[1] is True


def test_project_in_a_subfolder_belongs_to_its_repository(here: Checkout) -> None:
    assert checkout(here.root / "lib")[1] is False
    here.write("kettle.py", "")
    assert checkout(here.root / "lib")[1] is True


def test_linked_worktree_is_a_checkout_of_its_own(here: Checkout, tmp_path: Path) -> None:
    here.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
    (here.root / "kettle.py").write_text("")
    assert (checkout(tmp_path / "linked")[1], checkout(here.root)[1]) == (False, True)


def test_project_that_an_outer_repository_ignores_is_in_no_commit(here: Checkout) -> None:
    shutil.copytree(here.root / "lib", here.root / "data" / "project")
    assert checkout(here.root / "data" / "project")[1] is True


@pytest.mark.parametrize("broken", ["no repository", "no commit", "no git", "no objects"])
def test_what_git_does_not_tell_is_unknown_though_ci_names_a_commit(
    broken: str, here: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_SHA", "0" * 40)
    if broken == "no repository":
        shutil.rmtree(here.root / ".git")
    elif broken == "no commit":
        (here.root / ".git" / "refs" / "heads" / "main").unlink()
    elif broken == "no objects":
        shutil.rmtree(here.root / ".git" / "objects")
        (here.root / ".git" / "objects").mkdir()
    else:
        monkeypatch.setattr(os, "defpath", "")
        monkeypatch.setenv("PATH", str(here.root))
    assert checkout(here.root) == ("0" * 40, None)


def test_commit_that_cannot_be_found_out_at_the_end_is_no_moved_checkout() -> None:
    reason = "git could not be asked: [Errno 24] Too many open files"
    subject = {"commit": None, "commit_at_start": "c0ffee", "dirty": None, "tree_reasons": [reason]}
    ((_, code, message),) = subject_problems(subject, release=False)
    assert code == "SUBJECT_CHANGED"
    assert message == f"At the end of the run the commit could not be found out: {reason}"
