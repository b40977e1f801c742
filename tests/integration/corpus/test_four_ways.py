"""A sample of the corpus in a database: the command and the upload, whole and in pieces, end alike, as `inspect` says.

The command reads whole, the upload and the profile in pieces of a few rows. Files are read in this process, but by the
command's own bounded process where `IN_A_CHILD` says so: what it reads is what the same functions read here. Each case
has a plant of its own in one database.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.api.http.problems import Problem
from app.api.http.receiving import admitted
from app.commands.cli import main
from app.config import load_settings
from app.contract import SHEET_BY_NAME
from app.database.access.roles import Roles
from app.database.providers import Server
from app.database.scratch import scratch_database
from app.ingestion.options import Allowed, Options
from app.ingestion.pipeline import ingest
from app.workbook.scanning.sheet_stream import PIECE_BYTES
from app.worker.carrying import Station, carry_out
from tests.corpus.case import REFUSED, Case
from tests.corpus.cases import CASES, runs
from tests.corpus.independent import values_of
from tests.corpus.reading import MOST_MB
from tests.integration.read_here import here
from tests.integration.worker.conftest import Plant

MOST_CASES = 31
IN_A_CHILD = ("One odd cell", "Other files", "Paths")
RUN_ONLY = ("SHRINK_REFUSED", "OLDER_REFUSED", "IMPLAUSIBLE_REFUSED")
"""Refusals that no profile can know: they compare with the live run."""


def sample() -> list[Case]:
    """One case of each group, of each refusal's code, and of each way in which a run ends."""
    found: dict[object, Case] = {}
    for case in CASES:
        of_run = (case.run, case.run_says[-1:], bool(case.warned), case.live is not None and not case.run)
        kind = case.code if case.ends == REFUSED else of_run if case.group == runs.GROUP else case.group
        found.setdefault(kind, case)
    return list(found.values())


@dataclass
class Desk:
    """The database, and where uploads lie."""

    plant: Plant
    name: str
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

    def uploaded(self, path: Path, allowed: Allowed) -> tuple[str, str, str]:
        """Status, code and sentence of an upload, refused at the door or by its run."""
        try:
            with here():
                admitted(path, MOST_MB)
        except Problem as refused:
            return "REFUSED", refused.code, str(refused.detail)
        run_id = self.plant.ask(path.read_bytes(), path.name, self.name, force=True, allowed=allowed)
        station = Station(load_settings(), self.plant.url, self.plant.roles)
        with here():
            carry_out(station, run_id, must_stop=lambda: False, last_attempt=True)
        ((ended_as, code, failure),) = self.plant.rows(
            "SELECT ended_as, code, failure FROM audit.ingestion_requests WHERE run_id = :run", run=run_id
        )
        return ended_as, code or "", failure or ""

    def live(self) -> int:
        """The live run."""
        ((run_id,),) = self.plant.rows("SELECT run_id FROM core.current_snapshot WHERE plant = :one", one=self.name)
        return int(run_id)

    def rejected(self, run_id: int) -> dict[tuple[str, int], str]:
        """The code of each refused row of a run."""
        found = self.plant.rows(
            "SELECT sheet, excel_row, code FROM audit.rejected_rows WHERE run_id = :run", run=run_id
        )
        return {(sheet, row): code for sheet, row, code in found}


@pytest.fixture(scope="module")
def database(server: Server, template: tuple[str, Roles], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    name, roles = template
    with scratch_database(server.url, template=name, prefix="corpus") as url:
        yield Plant(url, roles, tmp_path_factory.mktemp("inbox"))


@pytest.fixture
def desk(
    database: Plant,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> Desk:
    name = f"case {hashlib.sha256(request.node.callspec.id.encode()).hexdigest()[:16]}"
    for setting, value in {
        "DATABASE_URL": database.url.render_as_string(hide_password=False),
        "ROLE_PREFIX": database.roles.prefix,
        "PLANT": name,
        "MAX_EXPANDED_MB": str(MOST_MB),
        "FEATURE_GATES_FILE": str(tmp_path / "gates.json"),
        "UPLOAD_DIR": str(database.inbox.uploads),
        "EXPORT_DIR": str(database.inbox.exports),
    }.items():
        monkeypatch.setenv(setting, value)
    return Desk(database, name, monkeypatch, capsys)


def test_the_sample_has_one_of_each_kind_and_stays_small() -> None:
    chosen = sample()
    assert len(chosen) <= MOST_CASES
    assert {case.group for case in CASES if case.ends != REFUSED} == {case.group for case in chosen}
    assert {case.code for case in CASES} == {case.code for case in chosen}
    assert {case.run for case in CASES} == {case.run for case in chosen}


@pytest.mark.parametrize("case", sample(), ids=lambda case: f"{case.group}: {case.name}")
def test_every_way_ends_alike(desk: Desk, tmp_path: Path, case: Case) -> None:
    if case.live is not None:
        (tmp_path / "live").mkdir()
        with here():
            ingest(
                desk.plant.url,
                case.live.write(tmp_path / "live"),
                roles=desk.plant.roles,
                options=Options(plant=desk.name),
            )
    path = case.write(tmp_path)
    allowed = Allowed(rejects=not case.run and case.group != runs.GROUP)
    options = ["--allow-rejects"] if allowed.rejects else []
    with nullcontext() if case.group in IN_A_CHILD else here(PIECE_BYTES):
        code, _, told = desk.command("ingest", str(path), "--reports", str(tmp_path / "reports"), *options)
    first = desk.live() if code == 0 else 0
    with here():
        inspected, profile, said = desk.command("inspect", str(path), "--out", str(tmp_path / "profile"), "--json")
    status, refused_as, sentence = desk.uploaded(path, allowed) if path.is_file() else ("REFUSED", case.code, told)
    if case.ends == REFUSED or case.run:
        assert (code, status, refused_as) == (3, "REFUSED", case.code or case.run), told
        assert [part for part in (*case.says, *case.run_says) if part not in told] == [], told
        assert sentence.replace(str(path), path.name) == told.replace(str(path), path.name)
        assert inspected == 3 or case.run in RUN_ONLY, said
        return
    assert (code, status) == (0, "PUBLISHED"), (told, sentence)
    _require_foretold(desk, first, json.loads(profile), case)
    _require_content(desk, path, first, desk.live(), case)


def _require_content(desk: Desk, path: Path, first: int, second: int, case: Case) -> None:
    """The live run holds the file's content, and the second way changed nothing of what the first had published."""
    rejected = desk.rejected(second)
    assert desk.live() == second
    assert rejected == desk.rejected(first)
    assert rejected.items() >= case.rows.items()
    changes = desk.plant.rows(
        "SELECT sum(inserted), sum(updated), sum(deleted) FROM audit.ingestion_sheets WHERE run_id = :run", run=second
    )
    assert [int(count) for count in changes[0]] == [0, 0, 0]
    for sheet, rows in values_of(path).items():
        contract = SHEET_BY_NAME[sheet]
        columns = ", ".join(column.name for column in contract.columns)
        held = desk.plant.rows(f"SELECT {columns} FROM core.{contract.table} WHERE run_id = :run", run=second)
        expected = [values for number, (_, values) in rows.items() if (sheet, number) not in rejected]
        assert Counter(map(_shown, held)) == Counter(map(_shown, expected)), sheet


def _shown(values: Any) -> str:
    return repr([int(value) if isinstance(value, bool) else value for value in values])


def _require_foretold(desk: Desk, run_id: int, profile: dict[str, Any], case: Case) -> None:
    """The profile has the run's rejects by code, and the warnings that need no live run."""
    told = {
        (sheet["sheet"], code): count
        for sheet in profile["sheets"]
        for code, count in sheet["rows_refused"].items()
        if count
    }
    assert told == Counter((sheet, code) for (sheet, _), code in desk.rejected(run_id).items())
    warnings = desk.plant.rows(
        "SELECT sheet FROM audit.data_quality_issues WHERE code = 'ROWS_REFUSED' AND run_id = :run", run=run_id
    )
    warned = sorted(sheet for (sheet,) in warnings)
    if case.group == runs.GROUP:
        assert warned == sorted(case.warned)
    if case.live is None:
        limits = [*profile["limits"]["refused"], *profile["limits"]["warned"]]
        assert warned == sorted({sentence.split(":")[0] for sentence in limits})
