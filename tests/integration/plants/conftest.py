"""Two plants with a database each or with one for both, and commands run in a folder with their file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.commands.cli import main
from app.database.access.roles import Roles
from app.database.engine import connected
from app.database.providers import Server
from app.database.scratch import scratch_database
from app.ingestion.options import Options
from app.ingestion.pipeline import ingest
from tests.integration.ingestion.factory import save
from tests.integration.plants.shared_database import PLANTS, Shared, example
from tests.integration.worker.conftest import Plant

Command = Callable[[str], tuple[int, str, str]]
FILLED = (
    "INSERT INTO audit.what_if_scenarios (plant, name, note, kept_by, run_id, scenario, outcomes)"
    " VALUES (:plant, 'a \"b\", c', '', 'me', :run, '{{\"x\": [1, \"ç\\\\n\"]}}', '{{}}')",
    "INSERT INTO audit.alert_marks VALUES (:plant, '{{}}')",
    "INSERT INTO audit.worker_beats VALUES (:plant, now())",
)


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


@pytest.fixture(scope="module")
def filled(server: Server, template: tuple[str, Roles], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    name, roles = template
    folder = tmp_path_factory.mktemp("filled")
    with scratch_database(server.url, template=name, prefix="shared") as url:
        for plant in PLANTS:
            for seed in (1, 2):
                book = save(folder / f"{plant}{seed}.xlsx", example(seed))
                run = ingest(url, book, roles=roles, options=Options(plant=plant, allow_implausible=True)).run_id
            with connected(url) as connection:
                for statement in FILLED:
                    connection.execute(sa.text(statement.format()), {"plant": plant, "run": run})
            asked = Plant(url, roles, folder / plant).ask(example(1), plant=plant)
            with connected(url) as connection:
                connection.execute(
                    sa.text("UPDATE audit.ingestion_requests SET ended_as = 'FAILED' WHERE run_id = :run"),
                    {"run": asked},
                )
        yield Shared(url, roles, folder)


@pytest.fixture
def shared(server: Server, filled: Shared, command: Command, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shared]:
    """A copy of the filled database for one test; commands work on it as plants north and south."""
    with scratch_database(server.url, template=str(filled.url.database), prefix="shared") as url:
        monkeypatch.setenv("DATABASE_URL", text_of(url))
        uploads = "\n".join(f'[plants.{plant}]\nupload_dir = "{filled.folder / plant / "uploads"}"' for plant in PLANTS)
        Path("plants.toml").write_text(f"# the plants\n{uploads}\n", encoding="utf-8")
        yield Shared(url, filled.roles, filled.folder)
