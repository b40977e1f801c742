"""The served API: real processes that start, answer with several workers, and never outlive their parent."""

from __future__ import annotations

import asyncio
import os
import re
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.api.process import server
from app.api.process.server import ServerError, configuration, listening, serve, served
from app.config import Settings
from app.database.access.roles import Roles
from tests.integration.api.conftest import Factory
from tests.integration.waiting import WITHIN_S


def settings_of(prefix: str) -> Settings:
    return Settings(_env_file=None, role_prefix=prefix)


def refuses_connections(base_url: str) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", httpx.URL(base_url).port or 0)) != 0


def test_two_workers_share_their_cursors_and_are_gone_after_the_block(
    busy: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with served(settings_of(busy.roles.prefix), busy.url, busy.roles, workers=2) as base_url:
        seen, parameters = [], {"limit": "7"}
        while True:
            # A connection of its own for each page, so that either worker may answer it.
            answer = httpx.get(f"{base_url}/api/prodplan/orders", params=parameters, timeout=30).json()
            seen += [order["work_order_id"] for order in answer["orders"]]
            if answer["next_cursor"] is None:
                break
            parameters["cursor"] = answer["next_cursor"]
        assert len(seen) == len(set(seen)) == 60
    assert refuses_connections(base_url)


PARENT = """
import os, sys
from app.api.process.server import served
from app.config import Settings
from app.database.access.roles import roles_for
with served(Settings(_env_file=None), sys.argv[1], roles_for(sys.argv[2]), workers=2) as base_url:
    print(base_url, flush=True)
    sys.stdin.read()
"""


def descendants(pid: int) -> list[int]:
    """The processes below one, however deep; those of a database server come and go meanwhile."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [found for child in map(int, children) for found in (child, *descendants(child))]


def test_server_and_workers_die_with_a_killed_parent(busy: Factory) -> None:
    url = busy.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", PARENT, url, busy.roles.prefix]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        base_url = parent.stdout.readline().strip()
        assert httpx.get(f"{base_url}/api/ready", timeout=30).status_code == 200
        handles = {os.pidfd_open(pid): pid for pid in descendants(parent.pid)}
        assert len(handles) >= 3  # the supervisor and two workers, at least
        os.kill(parent.pid, signal.SIGKILL)
        for handle, pid in handles.items():
            ended, _, _ = select.select([handle], [], [], WITHIN_S)
            os.close(handle)
            assert ended, f"process {pid} outlived its parent"


def test_failure_to_start_is_explained(busy: Factory) -> None:
    settings = settings_of(busy.roles.prefix)
    with pytest.raises(ServerError, match="before it answered"), served(settings, busy.url, Roles("no role")):
        pytest.fail("a server whose role cannot exist must not start")


def test_address_in_use_is_one_sentence(busy: Factory) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=f"cannot listen on 127.0.0.1:{port}"):
            serve(settings_of(busy.roles.prefix), busy.url, busy.roles, port=port)


def test_address_is_told_once_it_takes_connections(busy: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def served_already(listener: socket.socket, workers: int) -> None:
        (base_url,) = told
        with socket.create_connection(("127.0.0.1", int(base_url.rpartition(":")[2])), timeout=WITHIN_S):
            assert base_url == f"http://127.0.0.1:{listener.getsockname()[1]}"
        told.append("connected")

    monkeypatch.setattr(server, "run", served_already)
    serve(settings_of(busy.roles.prefix), busy.url, busy.roles, port=0, bound=told.append)
    assert told[1:] == ["connected"]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "plan.example"])
def test_address_that_others_reach_is_not_served_without_keys(
    busy: Factory, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "run", lambda *given: pytest.fail("it serves"))
    settings = Settings(_env_file=None, environment="development")
    with pytest.raises(ServerError, match="without API keys"):
        serve(settings, busy.url, busy.roles, host=host)


@pytest.mark.parametrize(
    ("given", "required"),
    [
        ({}, False),
        ({"in_docker": True}, True),
        ({"environment": "production"}, True),
        ({"in_docker": True, "environment": "development"}, False),
        ({"environment": "production", "require_api_key": False}, False),
        ({"require_api_key": True}, True),
    ],
)
def test_keys_are_required_outside_development(given: dict[str, Any], required: bool) -> None:
    assert Settings(_env_file=None, **given).keys_required == required


def test_configuration_of_a_child_resolves_relative_paths(
    busy: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings(_env_file=None, feature_gates_file=Path("FEATURE_GATES.json"))
    assert str(tmp_path / "FEATURE_GATES.json") in configuration(settings, busy.url, busy.roles)


def test_answers_are_sent_at_once() -> None:
    """Nagle's algorithm would delay a body until the acknowledgement of its head."""

    async def is_without_delay() -> bool:
        connected = asyncio.get_running_loop().create_future()

        def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            found = writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            connected.set_result(bool(found))
            writer.close()

        listener = listening("127.0.0.1", 0)
        async with await asyncio.start_server(accepted, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname())
            found = await connected
            writer.close()
            return found

    assert asyncio.run(is_without_delay())


@pytest.mark.parametrize("moment", ["at its start", "while it answers"])
def test_serve_ends_with_0_at_sigterm(moment: str, tmp_path: Path) -> None:
    environment = {one: os.environ[one] for one in ("HOME", "PATH", "TMPDIR") if one in os.environ} | {
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "LOCAL_DIR": str(tmp_path),
    }
    command = [sys.executable, "-m", "app", "serve", "--port", "0"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as child:
        try:
            assert child.stderr is not None
            address = next(found[0] for line in child.stderr if (found := re.search(r"http://[0-9.:]+", line)))
            if moment == "while it answers":
                assert httpx.get(f"{address}/api/health", timeout=60).status_code == 200
            child.terminate()
            said = child.stderr.read()
            assert child.wait(60) == 0, said
            assert "Traceback" not in said
        finally:
            child.kill()
