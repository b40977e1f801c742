"""Pure rules of app.database: requirements of a server, accounts that may pass, places for data."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.config import Settings
from app.database.engine import (
    ServerFacts,
    make_engine,
    require_postgresql_15,
    require_scratch_privileges,
)
from app.database.errors import DiskFull, UnfitServer
from app.database.persistent import local_folder
from app.database.providers import space
from app.database.providers.accounts import Account, may_pass
from app.database.providers.binaries import version_in_path
from app.database.providers.containers import image_of
from app.database.unmade_connection import unreachable
from app.database.urls import normalise

FIT = ServerFacts("15.0", 150_000, "UTF8", True, True, False, "u")
STRANGER = Account("stranger", 4_000_000, 4_000_000)


def test_fit_server_is_accepted() -> None:
    require_postgresql_15(FIT)
    require_scratch_privileges(FIT)


@pytest.mark.parametrize("fault", [{"version_num": 149_999}, {"encoding": "SQL_ASCII"}, {"in_recovery": True}])
def test_unfit_server_is_refused(fault: dict[str, Any]) -> None:
    with pytest.raises(UnfitServer):
        require_postgresql_15(dataclasses.replace(FIT, **fault))


def test_missing_privileges_are_named_with_the_statement_that_grants_them() -> None:
    with pytest.raises(UnfitServer, match='ALTER ROLE "u" CREATEDB CREATEROLE;'):
        require_scratch_privileges(dataclasses.replace(FIT, can_create_databases=False, can_create_roles=False))


@pytest.mark.parametrize("role", ["x y", "x;y", "X", "", "a'b"])
def test_role_that_is_no_plain_name_is_refused(role: str) -> None:
    with pytest.raises(ValueError, match="plain role name"):
        make_engine("postgresql://u@h/x", role=role)


def test_unreachable_server_is_named_without_its_password() -> None:
    said = str(unreachable(normalise("postgresql://u:hunter2@h:5433/x"), RuntimeError('bad\n  "hunter2"')))
    assert "h:5433/x" in said
    assert "hunter2" not in said
    assert "\n" not in said


def test_account_passes_only_folders_that_let_it(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    tmp_path.chmod(0o700)
    assert may_pass(inner, None)
    assert not may_pass(inner, STRANGER)
    assert may_pass(Path("/"), STRANGER)


def test_local_folder_leaves_a_home_that_the_account_may_not_enter(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    settings = Settings(_env_file=None, local_dir=tmp_path / ".local")
    assert local_folder(settings, None) == tmp_path / ".local" / "postgres"
    assert local_folder(settings, STRANGER).parent == Path("/var/tmp")
    other = Settings(_env_file=None, local_dir=tmp_path / "other")
    assert local_folder(other, STRANGER) != local_folder(settings, STRANGER)


def test_newest_system_installation_comes_first() -> None:
    places = [Path(f"/usr/lib/postgresql/{version}/bin") for version in (9, 15, 18, 16)]
    assert [path.parts[4] for path in sorted(places, key=version_in_path, reverse=True)] == ["18", "16", "15", "9"]


@pytest.mark.parametrize(
    ("given", "image"),
    [
        ({}, "postgres:16"),
        ({"postgres_major": 18}, "postgres:18"),
        ({"postgres_image": "x:1", "postgres_major": 18}, "x:1"),
    ],
)
def test_image_follows_the_settings(given: dict[str, Any], image: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POSTGRES_IMAGE", raising=False)
    assert image_of(Settings(_env_file=None, **given)) == image


@pytest.mark.parametrize(("free_mb", "in_memory"), [(2_999, False), (3_000, True), (None, False)])
def test_data_go_to_memory_only_with_three_times_the_expected_size_free(
    free_mb: int | None, in_memory: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(space, "free_memory_mb", lambda: free_mb)
    assert space.memory_is_plenty() is in_memory


def test_full_disks_are_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space, "free_memory_mb", lambda: None)
    monkeypatch.setattr(space, "LEAST_DISK_MB", 10**12)
    with pytest.raises(DiskFull, match=r"/var/tmp has \d+ MB, .*set TMPDIR"):
        space.data_base(None)


def test_folder_that_runs_no_programs_holds_no_server_of_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "statvfs", lambda base: SimpleNamespace(f_flag=os.ST_NOEXEC))
    assert space.may_hold(tmp_path, None)
    assert not space.may_hold(Path("/"), STRANGER)
