"""Two plants with a database each: `--plant` reaches the right one, and `plant` lists, adds and migrates."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.database.access.roles import Roles
from app.database.engine import make_engine
from app.database.providers import Server
from app.database.revisions.migrate import ADVISORY_LOCK, current, downgrade, head, revisions
from app.database.scratch import drop_database, scratch_database
from app.ingestion.options import Options
from app.ingestion.pipeline import ingest
from tests.integration.ingestion.factory import factory, save
from tests.integration.plants.conftest import Command, text_of
from tests.integration.waiting import until
from tests.unpooled import unpooled

NOWHERE = "postgresql://u:s3cret@127.0.0.1:1/x"
DATA = ("runs", "retain", "publish 1", "feature-gates", "changes", "ingest book.xlsx", "slo-results")


def listed(command: Command) -> dict[str, dict[str, Any]]:
    return {one["plant"]: one for one in json.loads(command("plant list --json")[1])["plants"]}


def test_command_works_on_the_plant_that_is_named(
    command: Command, databases: dict[str, sa.URL], template: tuple[str, Roles], tmp_path: Path
) -> None:
    book = save(tmp_path / "book.xlsx", factory())
    ingest(databases["north"], book, roles=template[1], options=Options(plant="north"))
    assert json.loads(command("runs --json --plant north")[1])["runs"][0]["is_live"] is True
    assert json.loads(command("runs --json")[1]) == {"plant": "main", "runs": []}
    code, said, _ = command("feature-gates --plant north --json")
    assert (code, json.loads(said)["plant"]) == (0, "north")
    assert (tmp_path / "docs/plants/north/FEATURE_GATES.json").exists()
    assert not (tmp_path / "docs/FEATURE_GATES.json").exists()
    states = listed(command)
    assert states["north"]["workbook_name"] == "book.xlsx"
    assert (states["north"]["schema"], states["north"]["requests_open"]) == ("AT_HEAD", 0)
    assert (states["main"]["schema"], states["main"]["live_run_id"]) == ("AT_HEAD", None)


@pytest.mark.parametrize("line", ["runs", "retain", "publish 1", "feature-gates", "worker", "serve", "bootstrap"])
def test_unknown_plant_is_wrong_usage(command: Command, line: str) -> None:
    code, _, said = command(f"{line} --plant nroth")
    assert code == 2
    assert (
        said == "There is no plant 'nroth' here; known: main, north. Add it to plants.toml (docs/operations/plants.md)."
    )


def test_plant_is_removed_however_its_accents_are_typed(command: Command) -> None:
    assert command("bootstrap")[0] == 0
    Path("plants.toml").write_text('[plants."Évora"]\n[plants.north]\n', encoding="utf-8")
    code, said, trouble = command("plant remove E\u0301vora --yes E\u0301vora")
    assert (code, said.startswith("Plant Évora is removed: 0 snapshots, 0 rows"), trouble) == (0, True, "")
    assert Path("plants.toml").read_text(encoding="utf-8") == "[plants.north]\n"


def test_plant_behind_is_refused_in_words_and_migrated_beside_one_that_fails(
    command: Command, databases: dict[str, sa.URL], template: tuple[str, Roles]
) -> None:
    owner = template[1].owner
    assert command("bootstrap")[0] == 0
    downgrade(databases["north"], revisions()[-2], role=owner)
    with Path("plants.toml").open("a", encoding="utf-8") as file:
        file.write(f'[plants.broken]\ndatabase_url = "{NOWHERE}"\n[plants.shared]\n')
    save(Path("book.xlsx"), factory())
    for line in DATA:
        code, _, said = command(f"{line} --plant north")
        assert code == 1, line
        assert f"is at revision {revisions()[-2]}, and this checkout needs {head()}" in said, line
        assert 'ARGS="--plant north"`' in said, line
        assert "Traceback" not in said, line
    states = listed(command)
    assert (states["north"]["schema"], states["north"]["revision"]) == ("BEHIND", revisions()[-2])
    assert "No connection to PostgreSQL at 127.0.0.1:1/x" in states["broken"]["trouble"]
    code, text, said = command("plant migrate --json")
    told = json.loads(text)["plants"]
    done = {one["plant"]: (one["outcome"], one["detail"]) for one in told}
    assert {one["plant"]: one["revision"] for one in told} == {
        "main": head(),
        "north": head(),
        "broken": None,
        "shared": head(),
    }
    assert code == 1
    assert {plant: outcome for plant, (outcome, _) in done.items()} == {
        "main": "already",
        "north": "migrated",
        "broken": "failed",
        "shared": "already",
    }
    assert done["shared"][1] == "shared with plant main"
    assert current(databases["north"], role=owner) == head()
    assert "s3cret" not in text + said
    assert command("plant migrate --plant north --plant main")[0] == 0


def test_added_plant_has_a_database_at_head(
    command: Command, server: Server, template: tuple[str, Roles], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"south_{secrets.token_hex(4)}"
    monkeypatch.setenv("SOUTH_URL", text_of(server.url.set(database=name)))
    try:
        code, said, _ = command("plant add south --database-env SOUTH_URL")
        assert (code, f"its database {name} is at {head()}" in said) == (0, True)
        assert listed(command)["south"]["schema"] == "AT_HEAD"
        assert command("plant add south")[0] == 1
        engine = make_engine(server.url.set(database=name), role=template[1].api)
        with engine.connect() as connection:
            assert connection.execute(sa.text("SELECT count(*) FROM core.current_snapshot")).scalar_one() == 0
        engine.dispose()
    finally:
        drop_database(server.url, name)


def test_plant_that_cannot_be_reached_is_not_added(command: Command) -> None:
    before = Path("plants.toml").read_text(encoding="utf-8")
    code, _, said = command(f"plant add south --database {NOWHERE}")
    assert (code, "s3cret" in said) == (1, False)
    assert "No connection to PostgreSQL at 127.0.0.1:1" in said
    assert Path("plants.toml").read_text(encoding="utf-8") == before


@pytest.mark.parametrize("revision", ["0003", "base"])
def test_plant_far_behind_is_listed_with_its_revision(
    revision: str, command: Command, server: Server, template: tuple[str, Roles], monkeypatch: pytest.MonkeyPatch
) -> None:
    name, roles = template
    with scratch_database(server.url, template=name, prefix="north") as url:
        monkeypatch.setenv("NORTH_URL", text_of(url))
        downgrade(url, revision, role=roles.owner)
        north = listed(command)["north"]
        expected = ("NONE", None) if revision == "base" else ("BEHIND", revision)
        assert (north["schema"], north["revision"], north["trouble"]) == (*expected, None)
        assert command("plant list")[0] == 0


@pytest.fixture
def behind(
    command: Command, server: Server, template: tuple[str, Roles], monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, sa.URL]]:
    """Databases of the plants p1 to p3, one revision behind; p1 is the first to be migrated."""
    name, roles = template
    with ExitStack() as stack:
        found, entries = {}, []
        for plant in ("p1", "p2", "p3"):
            found[plant] = stack.enter_context(scratch_database(server.url, template=name, prefix=plant))
            downgrade(found[plant], revisions()[-2], role=roles.owner)
            monkeypatch.setenv(f"{plant}_URL".upper(), text_of(found[plant]))
            entries.append(f'[plants.{plant}]\ndatabase_url_env = "{plant.upper()}_URL"\n')
        Path("plants.toml").write_text("".join(entries), encoding="utf-8")
        yield found


def started(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "app", "plant", "migrate", "--json", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def test_migrations_of_plants_run_side_by_side_and_go_on_after_a_kill(
    behind: dict[str, sa.URL], template: tuple[str, Roles], command: Command
) -> None:
    owner = template[1].owner
    with unpooled(behind["p1"], owner).connect() as holder:
        holder.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
        first = started("--plant", "p1", "--plant", "p2", "--at-once", "2")
        until(lambda: current(behind["p2"], role=owner), lambda at: at == head())
        assert current(behind["p1"], role=owner) == revisions()[-2]
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate()
    code, text, _ = command("plant migrate --json --at-once 3")
    told = {one["plant"]: (one["outcome"], one["schema"]) for one in json.loads(text)["plants"]}
    assert code == 0
    assert {schema for _, schema in told.values()} == {"AT_HEAD"}
    assert told["p1"] == told["p3"] == ("migrated", "AT_HEAD")
    assert current(behind["p1"], role=owner) == head()


def test_no_more_plants_than_asked_for_are_migrated_at_once(
    behind: dict[str, sa.URL], template: tuple[str, Roles]
) -> None:
    owner = template[1].owner
    waiting = sa.text(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        " AND database IN (SELECT oid FROM pg_database WHERE datname = ANY(:names))"
    ).bindparams(names=[url.database for url in behind.values()])
    with ExitStack() as stack:
        holders = {plant: stack.enter_context(unpooled(url, owner).connect()) for plant, url in behind.items()}
        for holder in holders.values():
            holder.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
        process = started("--plant", "p1", "--plant", "p2", "--plant", "p3", "--at-once", "2")
        until(lambda: holders["p1"].execute(waiting).scalar_one(), lambda count: count >= 2)
        time.sleep(1)  # a third would come at once
        assert holders["p1"].execute(waiting).scalar_one() == 2
        holders["p3"].execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
        for plant in ("p1", "p2"):
            holders[plant].execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
        out, _ = process.communicate(timeout=120)
    assert [one["schema"] for one in json.loads(out)["plants"]] == ["AT_HEAD"] * 3
