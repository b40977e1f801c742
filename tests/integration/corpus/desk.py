"""The ways of a file into a database: by the command or the upload, read whole or in pieces of a few rows.

Files are read in this process, but by the command's own bounded process where `IN_A_CHILD` says so: what it reads is
what the same functions read here.
"""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.api.http.problems import Problem
from app.api.http.receiving import admitted
from app.commands.cli import main
from app.config import load_settings
from app.contract.quality_issues import WARNINGS
from app.ingestion.options import Allowed, Options
from app.ingestion.pipeline import ingest
from app.workbook.scanning.sheet_stream import PIECE_BYTES
from app.worker.carrying import Station, carry_out
from tests.corpus.case import Case
from tests.corpus.cases import runs
from tests.corpus.reading import FEW_ROWS_BYTES, MOST_MB
from tests.integration.read_here import here
from tests.integration.worker.conftest import Plant

IN_A_CHILD = ("One odd cell", "Other files", "Paths")


@dataclass(frozen=True)
class Way:
    """One way of a file into the database."""

    is_upload: bool
    is_whole: bool

    def __str__(self) -> str:
        return f"{'upload' if self.is_upload else 'command'}, {'whole' if self.is_whole else 'in pieces'}"

    @property
    def piece_bytes(self) -> int:
        return PIECE_BYTES if self.is_whole else FEW_ROWS_BYTES

    def is_open_to(self, path: Path) -> bool:
        """False for what is no file: it cannot be uploaded and has no pieces."""
        try:
            return self == COMMAND or path.is_file()
        except OSError:  # a name that is too long
            return False


COMMAND, UPLOAD_IN_PIECES = Way(is_upload=False, is_whole=True), Way(is_upload=True, is_whole=False)
FOUR_WAYS = (COMMAND, Way(is_upload=False, is_whole=False), Way(is_upload=True, is_whole=True), UPLOAD_IN_PIECES)


@dataclass(frozen=True)
class Ending:
    """The end of a way. code: of a refusal; the command does not say it. says: its sentence. run_id: if published."""

    status: str
    code: str = ""
    says: str = ""
    run_id: int = 0


@dataclass
class Desk:
    """A database, and the ways of one case into it. Each way has a plant of its own."""

    plant: Plant
    name: str
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def command(self, *words: str) -> tuple[int, str, str]:
        """The output of a command of the product, and its exit code."""
        self.monkeypatch.setattr("sys.argv", ["app", *words])
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self.capsys.readouterr()
        return int(ended.value.code or 0), out, err.strip()

    def ended(self, case: Case, path: Path, way: Way) -> Ending:
        """The end of the case's file by this way, over the run that the case has live."""
        plant = f"{self.name} {way}".replace(",", "")
        self.monkeypatch.setenv("PLANT", plant)
        if case.live is not None:
            folder = self.folder / str(way)
            folder.mkdir()
            with here():
                live = case.live.write(folder)
                meant = Options(plant=plant, allow_implausible=True)
                ingest(self.plant.url, live, roles=self.plant.roles, options=meant)
        allowed = Allowed(rejects=not case.run and case.group != runs.GROUP)
        if way.is_upload:
            return self._uploaded(path, plant, allowed, way)
        in_a_child = case.group in IN_A_CHILD and way == COMMAND
        options = ["--allow-rejects"] if allowed.rejects else []
        with nullcontext() if in_a_child else here(way.piece_bytes):
            code, _, told = self.command("ingest", str(path), "--reports", str(self.folder / "reports"), *options)
        if code == 0:
            return Ending("PUBLISHED", run_id=self._live(plant))
        return Ending("REFUSED" if code == 3 else f"exit code {code}", says=told.replace(str(path), path.name))

    def _uploaded(self, path: Path, plant: str, allowed: Allowed, way: Way) -> Ending:
        """The end of an upload, refused at the door or by its run."""
        try:
            with here(way.piece_bytes):
                admitted(path, MOST_MB)
        except Problem as refused:
            return Ending("REFUSED", refused.code, str(refused.detail).replace(str(path), path.name))
        run_id = self.plant.ask(path.read_bytes(), path.name, plant, force=True, allowed=allowed)
        station = Station(load_settings(), self.plant.url, self.plant.roles)
        with here(way.piece_bytes):
            carry_out(station, run_id, must_stop=lambda: False, last_attempt=True)
        ((status, code, failure),) = self.plant.rows(
            "SELECT ended_as, code, failure FROM audit.ingestion_requests WHERE run_id = :run", run=run_id
        )
        if status == "PUBLISHED" and self._live(plant) != run_id:
            status = "PUBLISHED, but another run is live"
        return Ending(status, code or "", (failure or "").replace(str(path), path.name), run_id)

    def inspected(self, path: Path, way: Way) -> tuple[int, str]:
        """Exit code and document of `inspect`; its sentence instead of the document if there is none."""
        with here(way.piece_bytes):
            code, profile, said = self.command("inspect", str(path), "--out", str(self.folder / "profile"), "--json")
        return code, profile or said

    def _live(self, plant: str) -> int:
        rows = self.plant.rows("SELECT run_id FROM core.current_snapshot WHERE plant = :one", one=plant)
        return int(rows[0][0]) if rows else 0

    def rejected(self, run_id: int) -> dict[tuple[str, int], str]:
        """The code of each refused row of a run."""
        found = self.plant.rows(
            "SELECT sheet, excel_row, code FROM audit.rejected_rows WHERE run_id = :run", run=run_id
        )
        return {(sheet, row): code for sheet, row, code in found}

    def warned(self, run_id: int) -> list[tuple[str, str]]:
        """Code and sheet of the warnings with which a run is published."""
        found = self.plant.rows("SELECT code, sheet FROM audit.data_quality_issues WHERE run_id = :run", run=run_id)
        return sorted((code, sheet) for code, sheet in found if code in WARNINGS)

    def held(self, run_id: int, table: str, columns: list[str]) -> Counter[str]:
        """The rows of a table in a run."""
        found = self.plant.rows(f"SELECT {', '.join(columns)} FROM core.{table} WHERE run_id = :run", run=run_id)
        return shown_rows(found)


def shown_rows(rows: Any) -> Counter[str]:
    """Rows as texts, with flags as numbers."""
    return Counter(repr([int(value) if isinstance(value, bool) else value for value in row]) for row in rows)
