"""Answers from a standby that really streams: its own run and gates while it lags, requests to the primary."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from app.config import load_settings
from app.database.access.roles import roles_for
from app.database.bootstrap import bootstrap
from app.database.providers.accounts import Account
from app.database.providers.binaries import Unusable, system_binaries, usable
from app.database.providers.cluster import THROWAWAY, Cluster, initialise, loopback_url, new_password, serve
from app.database.providers.embedded import account_for
from app.database.providers.keeper import DATA
from app.database.providers.keeper_client import Keeper
from app.database.providers.space import data_base
from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory
from tests.integration.waiting import until
from tests.unpooled import unpooled

OPTIONS = THROWAWAY | {"wal_level": "replica", "max_wal_senders": "4", "hot_standby": "on"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Pair:
    """A factory on the primary, and the URL of its database on the standby."""

    factory: Factory
    standby: sa.URL

    def told(self, statement: str) -> object:
        """The answer of the standby's superuser to a statement."""
        with unpooled(self.standby).connect() as connection:
            return connection.execute(sa.text(statement)).scalar_one()


def copied(account: Account | None, primary: sa.URL, binaries: Path, data: Path) -> None:
    """A base backup of the primary that will stream from it."""
    command = [str(binaries / "pg_basebackup"), "-D", str(data), "-R", "-X", "stream", "-c", "fast"]
    source = primary.set(drivername="postgresql", database=None).render_as_string(hide_password=False)
    user = {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}
    done = subprocess.run([*command, "-d", source], capture_output=True, text=True, check=False, **user)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    account = account_for("system")
    with (
        Keeper.throwaway(data_base(account), account) as first,
        Keeper.throwaway(data_base(account), account) as second,
    ):
        try:
            binaries = usable(system_binaries(), account, load_settings().postgres_major, first.folder / "binaries")
        except Unusable as reason:
            pytest.skip(f"a standby needs a system PostgreSQL with pg_basebackup: {reason}")
        folder = binaries.postgres.parent
        if not (folder / "pg_basebackup").exists():
            pytest.skip(f"{folder} has no pg_basebackup")
        cluster = Cluster(first.folder / DATA, binaries, account, new_password(), first.folder / "server.log")
        initialise(cluster, first, sync=False)
        server = loopback_url(serve(cluster, first, OPTIONS, lasting=False), cluster.password)
        roles = roles_for("replica")
        url = bootstrap(server, database="factory", roles=roles).url
        factory = Factory(url, roles, tmp_path_factory.mktemp("replica"))
        factory.ingest(workbooks.factory(seed=3), "first.xlsx")
        copied(account, server, folder, second.folder / DATA)
        copy = Cluster(second.folder / DATA, binaries, account, cluster.password, second.folder / "server.log")
        port = serve(copy, second, OPTIONS, lasting=False)
        yield Pair(factory, url.set(port=port))


def test_standby_answers_of_the_run_that_it_holds_and_requests_go_to_the_primary(pair: Pair) -> None:
    factory = pair.factory
    gates = factory.folder / "FEATURE_GATES.json"
    read_url = SecretStr(pair.standby.render_as_string(hide_password=False))
    with factory.api(gates, database_read_url=read_url, upload_dir=factory.folder / "uploads") as client:
        first = client.get("/api/kpis/overview").json()
        assert first["workbook_name"] == "first.xlsx"
        pair.told("SELECT pg_wal_replay_pause()::text")
        second = factory.ingest(workbooks.factory(seed=4, orders=90), "second.xlsx", gates_file=gates)
        behind = client.get("/api/kpis/overview").json()
        held = client.get("/api/feature-gates").json()
        assert behind == first | {"data_age_hours": behind["data_age_hours"]}
        assert (held["run_id"], held["source"], held["closed_because"]) == (first["run_id"], "database", None)
        content = workbooks.write(factory.folder / "third.xlsx", workbooks.factory(seed=5)).read_bytes()
        asked = client.post("/api/ingestion/runs", content=content, headers={"Content-Type": XLSX})
        assert asked.status_code == 202, asked.text
        assert client.get(asked.headers["Location"]).json()["status"] == "QUEUED"
        assert client.get(f"/api/ingestion/runs/{second.run_id}").json()["is_live"] is True
        pair.told("SELECT pg_wal_replay_resume()::text")
        until(lambda: client.get("/api/kpis/overview").json()["run_id"], lambda run: run == second.run_id)
        assert client.get("/api/feature-gates").json()["run_id"] == second.run_id


def test_promoted_standby_goes_on_answering_and_takes_requests(pair: Pair) -> None:
    factory = Factory(pair.standby, pair.factory.roles, pair.factory.folder)
    read_url = SecretStr(pair.standby.render_as_string(hide_password=False))
    with factory.api(database_read_url=read_url, upload_dir=factory.folder / "after") as client:
        content = workbooks.write(factory.folder / "fourth.xlsx", workbooks.factory(seed=6)).read_bytes()
        refused = client.post("/api/ingestion/runs", content=content, headers={"Content-Type": XLSX})
        assert (refused.status_code, refused.json()["code"]) == (503, "READ_ONLY_DATABASE")
        before = client.get("/api/kpis/overview").json()["run_id"]
        assert pair.told("SELECT pg_promote(true, 60)") is True
        assert client.get("/api/kpis/overview").json()["run_id"] == before
        asked = client.post("/api/ingestion/runs", content=content, headers={"Content-Type": XLSX})
        assert asked.status_code == 202, asked.text
