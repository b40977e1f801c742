"""Export, restoration and removal of a plant's whole data, in a database of its own and in a shared one."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.checkout import ROOT
from app.database.access.roles import Roles
from app.database.bootstrap import bootstrap
from app.database.engine import connected
from app.database.providers import Server
from app.database.providers.binaries import wheel_binaries
from app.database.revisions.migrate import downgrade, head, revisions
from app.database.run_tables import leftover_tables
from app.database.schema import metadata
from app.database.scratch import scratch_database
from app.ingestion.options import Options
from app.ingestion.pipeline import ingest
from app.ingestion.plant_data.plant_tables import Extent, plant_tables, rows_of_plant
from app.ingestion.run_result import NO_OP
from app.ingestion.runs.plant import working_on
from tests.integration.ingestion.factory import save
from tests.integration.plants.conftest import Command, text_of
from tests.integration.plants.shared_database import KEPT, Shared, example, operations, rows_of
from tests.integration.worker.conftest import Plant

PAGE = (ROOT / "docs" / "operations" / "plants.md").read_text(encoding="utf-8")


def block(comment: str) -> str:
    found = re.search(rf"<!-- {comment} -->\n```\w+\n(.*?)```", PAGE, re.DOTALL)
    assert found, f"plants.md has no block {comment}"
    return found.group(1)


def test_every_table_of_the_schema_is_exported_but_templates_and_the_librarys_own() -> None:
    named = {table.name for table in plant_tables()}
    assert {f"{table.schema}.{table.name}" for table in metadata.sorted_tables if table.schema != "staging"} <= named
    assert {name for name in named if name.startswith("queue.")} == {
        "queue.procrastinate_jobs",
        "queue.procrastinate_events",
    }


def test_export_holds_every_row_of_its_plant_and_of_no_other(shared: Shared, command: Command) -> None:
    before = shared.rows("north")
    code, said, trouble = command("plant export north --out north.zip")
    assert (code, trouble) == (0, "")
    assert said.startswith("Plant north: ")
    assert Path("north.zip").stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile("north.zip") as archive:
        manifest = json.loads(archive.read("manifest.json"))
        summed = [line.split("  ") for line in archive.read("SHA256SUMS").decode().splitlines()]
        sums = {file: digest for digest, file in summed}
        for table in manifest["tables"]:
            content = archive.read(table["file"])
            assert sums[table["file"]] == table["sha256"] == hashlib.sha256(content).hexdigest()
            listed = list(csv.reader(io.StringIO(content.decode(), newline="")))
            assert listed[0] == table["columns"]
            expected = len(before[table["table"]]) + (table["table"] == KEPT)
            assert len(listed) - 1 == table["rows"] == expected, table["table"]
    assert [table["table"] for table in manifest["tables"]] == [table.name for table in plant_tables()]
    empty = [table["table"] for table in manifest["tables"] if not table["rows"]]
    assert empty == ["core.remaining_flows", "audit.rejected_rows"]  # the factory has none
    assert (manifest["plant"], manifest["revision"], len(manifest["snapshots"])) == ("north", head(), 2)
    (record,) = operations(shared.url)
    assert (record.plant, record.operation) == ("north", "EXPORT")
    assert record.requested_by.startswith("cli")
    assert record.ended_at >= record.begun_at
    assert record.outcome["core.products"] == len(before["core.products"]) > 0
    code, _, said = command("plant export north --out north.zip")
    assert (code, said) == (1, "north.zip is there already: name another file, or remove that one.")


def test_export_is_restored_by_its_own_script_into_another_database(
    shared: Shared, command: Command, server: Server, template: tuple[str, Roles], tmp_path: Path
) -> None:
    name, roles = template
    assert command("plant export north --out north.zip")[0] == 0
    before = shared.rows("north")
    with scratch_database(server.url, template=name, prefix="moved") as url:
        clients = next(wheel_binaries()).folder
        environment = os.environ | {
            "PATH": f"{clients}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "DATABASE_URL": text_of(url).replace("+psycopg2", ""),
            "PGOPTIONS": f"-c role={roles.owner}",
            "PYTHONPATH": str(ROOT),
        }
        commands = block("restore-plant").replace("PGOPTIONS='-c role=prodplan_owner' ", "")
        for _ in range(2):
            ended = subprocess.run(
                ["bash", "-euc", commands], cwd=tmp_path, env=environment, text=True, capture_output=True, check=False
            )
            if _ == 0:
                assert ended.returncode == 0, ended.stdout + ended.stderr
        assert ended.returncode != 0, "a second restoration must be refused"
        after = rows_of(url, "north")
        left_out = {KEPT, "queue.procrastinate_jobs", "queue.procrastinate_events"}
        assert {table: rows for table, rows in after.items() if table not in left_out} == {
            table: rows for table, rows in before.items() if table not in left_out
        }
        with connected(url) as connection:
            assert leftover_tables(connection) == []
        bootstrap(url, database=str(url.database), roles=roles)
        live = save(tmp_path / "north2.xlsx", example(2))
        assert ingest(url, live, roles=roles, options=Options(plant="north")).status in (NO_OP, "PUBLISHED")
        newest = max(int(row.split(",")[0].lstrip("(")) for row in after["audit.ingestion_requests"])
        forced = ingest(url, live, roles=roles, options=Options(plant="north", force=True, allow_implausible=True))
        assert forced.run_id > newest


def test_removal_takes_one_plant_and_leaves_the_other_as_it_was(shared: Shared, command: Command) -> None:
    south = shared.rows("south")
    code, _, said = command("plant remove north")
    assert code == 2
    assert "nothing was removed" in " ".join(said.replace("│", " ").split())
    assert command("plant remove north --yes south")[0] == 2
    assert shared.rows("north")["core.products"]
    code, said, trouble = command("plant remove north --yes north --json")
    assert (code, trouble) == (0, "")
    told = json.loads(said)
    assert (told["snapshots"], told["uploads"], told["other_plants"], told["is_out_of_file"]) == (2, 1, ["south"], True)
    left = shared.rows("north")
    assert [table for table, rows in left.items() if rows] == [KEPT]
    assert shared.rows("south") == south
    assert list((shared.folder / "north" / "uploads").rglob("*.xlsx")) == []
    assert list((shared.folder / "south" / "uploads").rglob("*.xlsx"))
    with connected(shared.url) as connection:
        assert leftover_tables(connection) == []
    (record,) = operations(shared.url)
    assert (record.operation, record.outcome["snapshots"], record.outcome["uploads"]) == ("REMOVAL", 2, 1)
    assert record.outcome["rows"]["core.products"] == told["rows"]["core.products"] > 0
    assert Path("plants.toml").read_text(encoding="utf-8").startswith("# the plants\n[plants.south]\n")
    assert command("plant remove north --yes north")[0] == 2


def test_removal_from_a_database_of_its_own_says_that_nothing_else_is_there(
    databases: dict[str, sa.URL], template: tuple[str, Roles], command: Command, tmp_path: Path
) -> None:
    ingest(databases["north"], save(tmp_path / "b.xlsx", example(1)), roles=template[1], options=Options(plant="north"))
    assert "Contém nomes de pessoas" in command("--lang pt plant export north --out exports/north.zip")[1]
    code, said, _ = command("--lang en plant remove north --yes north")
    assert code == 0
    assert f"Database {databases['north'].database} holds no other plant's runs." in said
    with connected(databases["north"]) as connection:
        assert sum(rows_of_plant(connection, Extent.of(connection, "north")).values()) == 2  # its two operations
    assert [one.operation for one in operations(databases["north"])] == ["EXPORT", "REMOVAL"]


@pytest.mark.parametrize("line", ["plant export north --out north.zip", "plant remove north --yes north"])
def test_busy_plant_is_neither_exported_nor_removed(
    line: str, shared: Shared, command: Command, template: tuple[str, Roles]
) -> None:
    before = shared.rows("north")
    with working_on(shared.url, "north", template[1]):
        code, _, said = command(line)
    assert code == 1
    assert said.startswith("Another ingestion, publication or retention of plant 'north' is at work")
    Plant(shared.url, shared.roles, shared.folder / "more").ask(example(1), plant="north")
    code, _, said = command(line)
    assert code == 1
    assert said.startswith("Plant 'north' is busy: 1 requests wait or run, 0 jobs are being done.")
    with connected(shared.url) as connection:
        connection.exec_driver_sql("UPDATE audit.ingestion_requests SET ended_as = 'FAILED' WHERE ended_as IS NULL")
        connection.exec_driver_sql("SET LOCAL search_path = queue")  # the library's triggers name nothing in full
        connection.exec_driver_sql(
            "UPDATE procrastinate_jobs SET status = 'doing' WHERE id = (SELECT max(id) FROM procrastinate_jobs)"
        )
    code, _, said = command(line)
    assert (code, "0 requests wait or run, 1 jobs are being done" in said) == (1, True)
    after = shared.rows("north")
    assert after["core.products"] == before["core.products"]
    assert after["core.current_snapshot"] == before["core.current_snapshot"]
    assert operations(shared.url) == []
    assert not Path("north.zip").exists()


def test_removal_goes_on_where_a_reader_stopped_it(shared: Shared, command: Command) -> None:
    engine = sa.create_engine(shared.url, connect_args={"application_name": "a report"})
    with engine.connect() as reader:
        reader.exec_driver_sql("SELECT count(*) FROM core.products").scalar_one()
        code, _, said = command("plant remove north --yes north")
        assert code == 1
        assert said.startswith("Snapshots of plant 'north' are being read (a session of a report): it has no live run")
    engine.dispose()
    assert command("plant remove north --yes north")[0] == 0
    assert [table for table, rows in shared.rows("north").items() if rows] == [KEPT]
    broken, whole = operations(shared.url)
    assert (broken.ended_at, whole.ended_at is None) == (None, False)
    with connected(shared.url) as connection:
        assert leftover_tables(connection) == []


def test_nothing_is_left_of_an_export_that_cannot_be_written(
    shared: Shared, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    code, _, said = command("plant export north --out file/north.zip")
    assert (code, said.startswith("file/north.zip cannot be written (")) == (1, True)

    def full(*arguments: object, **named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    code, _, said = command("plant export north --out north.zip")
    assert (code, said.startswith("north.zip cannot be written (No space left on device)")) == (1, True)
    assert [path.name for path in tmp_path.iterdir() if "zip" in path.name] == []


def test_plant_at_an_older_revision_is_neither_exported_nor_removed(command: Command, shared: Shared) -> None:
    downgrade(shared.url, revisions()[-2], role=shared.roles.owner)
    for line in ("plant export north --out north.zip", "plant remove north --yes north"):
        code, _, said = command(line)
        assert (code, f"is at revision {revisions()[-2]}" in said) == (1, True)
