"""Two plants with a database each: `--plant` reaches the right one, and `plant` lists, adds and migrates."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.commands.cli import main
from app.database.access.roles import Roles
from app.database.engine import make_engine
from app.database.providers import Server
from app.database.revisions.migrate import current, downgrade, head, revisions
from app.database.scratch import drop_database, scratch_database
from app.ingestion.options import Options
from app.ingestion.pipeline import ingest
from tests.integration.ingestion.factory import factory, save

Command = Callable[[str], tuple[int, str, str]]
NOWHERE = "postgresql://u:s3cret@127.0.0.1:1/x"


def text_of(url: sa.URL) -> str:
    return url.render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def databases(server: Server, template: tuple[str, Roles]) -> Iterator[dict[str, sa.URL]]:
    name, _ = template
    with (
        scratch_database(server.url, template=name, prefix="main") as main_url,
        scratch_database(server.url, template=name, prefix="north") as north_url,
    ):
        yield {"main": main_url, "north": north_url}


@pytest.fixture
def command(
    databases: dict[str, sa.URL],
    template: tuple[str, Roles],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """Runs a command in a folder with two plants; returns exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", text_of(databases["main"]))
    monkeypatch.setenv("NORTH_URL", text_of(databases["north"]))
    monkeypatch.setenv("ROLE_PREFIX", template[0])
    Path("plants.toml").write_text('[plants.north]\ndatabase_url_env = "NORTH_URL"\n', encoding="utf-8")

    def run(line: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["prodplan", *line.split()])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, " ".join(said.err.split())

    return run


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


def test_plant_behind_is_refused_in_words_and_migrated_beside_one_that_fails(
    command: Command, databases: dict[str, sa.URL], template: tuple[str, Roles]
) -> None:
    owner = template[1].owner
    assert command("bootstrap")[0] == 0
    downgrade(databases["north"], revisions()[-2], role=owner)
    with Path("plants.toml").open("a", encoding="utf-8") as file:
        file.write(f'[plants.broken]\ndatabase_url = "{NOWHERE}"\n[plants.shared]\n')
    code, _, said = command("runs --plant north")
    assert code == 1
    assert 'ARGS="--plant north"`' in said
    states = listed(command)
    assert (states["north"]["schema"], states["north"]["revision"]) == ("BEHIND", revisions()[-2])
    assert "No connection to PostgreSQL at 127.0.0.1:1/x" in states["broken"]["trouble"]
    code, text, said = command("plant migrate --json")
    done = {one["plant"]: (one["outcome"], one["detail"]) for one in json.loads(text)["plants"]}
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
