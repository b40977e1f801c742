"""One PostgreSQL for all integration tests of a session, and an empty database for each test that asks.

Under xdist the controller starts the server and hands its URL to the workers; it can only do so when this folder is
named on the command line (else this file is unknown to the controller), and without it each worker starts its own.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import sqlalchemy as sa

from app.config import load_settings
from app.database.access.roles import Roles, drop_roles, roles_for
from app.database.bootstrap import bootstrap
from app.database.engine import make_engine
from app.database.providers import Server, open_server
from app.database.scratch import drop_database, scratch_database
from tests.integration.forked import Stem, stem_of

CONTROLLER = pytest.StashKey[ExitStack]()
SERVER = pytest.StashKey[Server]()
HANDED_OVER = "prodplan_server"


def opened(config: pytest.Config, stack: ExitStack) -> Server:
    """The provider of --postgres or PRODPLAN_TEST_POSTGRES, otherwise the embedded one."""
    kind = config.getoption("--postgres", default=None) or os.environ.get("PRODPLAN_TEST_POSTGRES") or "embedded"
    return stack.enter_context(open_server(load_settings(), kind, say=lambda line: None))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Start the session's one server in xdist's controller, before each worker starts."""
    config = node.config
    if CONTROLLER not in config.stash:
        config.stash[CONTROLLER] = ExitStack()
        config.add_cleanup(config.stash[CONTROLLER].close)
        config.stash[SERVER] = opened(config, config.stash[CONTROLLER])
    server = config.stash[SERVER]
    url = server.url.render_as_string(hide_password=False)
    node.workerinput[HANDED_OVER] = (server.provider, url, server.version, server.is_throwaway)


@pytest.fixture(scope="session")
def server(pytestconfig: pytest.Config) -> Iterator[Server]:
    """A PostgreSQL of the session. Work in `scratch_url` databases, never in the one that its URL names."""
    handed_over = getattr(pytestconfig, "workerinput", {}).get(HANDED_OVER)
    if handed_over:
        provider, url, version, is_throwaway = handed_over
        yield Server(provider, sa.make_url(url), version, is_throwaway)
        return
    with ExitStack() as stack:
        yield opened(pytestconfig, stack)


@pytest.fixture(scope="session")
def template(server: Server) -> Iterator[tuple[str, Roles]]:
    """A migrated, empty database without connections, and its roles."""
    name = f"template_{secrets.token_hex(4)}"
    roles = roles_for(name)
    try:
        bootstrap(server.url, database=name, roles=roles)
        yield name, roles
    finally:
        drop_database(server.url, name)
        drop_roles(server.url, roles)


@pytest.fixture
def scratch_url(server: Server) -> Iterator[sa.URL]:
    """An empty database of this test's own, dropped afterwards; dispose of every engine on it."""
    with scratch_database(server.url, prefix="test") as url:
        yield url


@pytest.fixture
def scratch_engine(scratch_url: sa.URL) -> Iterator[sa.Engine]:
    """An engine on the test's own empty database, without a role."""
    engine = make_engine(scratch_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def stem() -> Iterator[Stem]:
    """Forks processes of the program: workers, ingestions to be killed, holders of a server."""
    modules = ("app.commands.cli", "app.worker.service", "app.ingestion.pipeline", "app.database.persistent")
    with stem_of(*modules) as stem:
        yield stem
