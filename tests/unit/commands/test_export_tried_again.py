"""An export of a watched folder is tried again where its surroundings stopped it, and not where it failed by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg2
import pytest
import sqlalchemy as sa

from app.commands import watching
from app.commands.watched_folder import WatchedFolder
from app.database.errors import ServerUnreachable
from app.ingestion.errors import IngestionBusy, IngestionFailed

UNUSED: Any = None
LOST = sa.exc.OperationalError("SELECT 1", {}, psycopg2.OperationalError("server closed the connection"))


def take(watched: WatchedFolder) -> int:
    """Take the export a.xlsx with `ingested` replaced, so that settings and database are not used."""
    return watching.take(UNUSED, UNUSED, watched, watched.folder / "a.xlsx")


@pytest.mark.parametrize("trouble", [ServerUnreachable("No server."), LOST, OSError(28, "Full.")])
@pytest.mark.parametrize("wrapped", [False, True])
def test_export_that_the_surroundings_stop_is_tried_again(
    trouble: Exception, wrapped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> list[str]:
        if wrapped:
            raise IngestionFailed("Nothing changed.") from trouble
        raise trouble

    monkeypatch.setattr(watching, "ingested", stopped)
    watched = WatchedFolder(tmp_path, taken=("a.xlsx", 1, 1))
    assert take(watched) == 1
    assert (watched.taken, watched.has_failed, (tmp_path / "results").exists()) == (None, True, False)


def test_export_that_fails_by_itself_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failed(*_: object) -> list[str]:
        raise IngestionFailed("Rows were lost.")

    monkeypatch.setattr(watching, "ingested", failed)
    watched = WatchedFolder(tmp_path, taken=("a.xlsx", 1, 1))
    assert take(watched) == 1
    assert (watched.taken, watched.has_failed) == (("a.xlsx", 1, 1), False)
    assert (tmp_path / "results/a.xlsx/outcome.txt").read_text("utf-8") == "Not published: Rows were lost.\n"


def test_export_that_finds_the_plant_busy_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> list[str]:
        raise IngestionBusy("Another ingestion is at work.")

    monkeypatch.setattr(watching, "ingested", busy)
    watched = WatchedFolder(tmp_path, taken=("a.xlsx", 1, 1))
    assert take(watched) == 1
    assert (watched.taken, watched.has_failed) == (None, True)
