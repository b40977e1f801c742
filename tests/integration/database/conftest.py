"""A database at head for each test, cloned from one template, and short ways to ask and to act in it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.checkout import MIGRATIONS
from app.database.access.roles import Roles, drop_roles, roles_for
from app.database.bootstrap import bootstrap
from app.database.from_zero import Expected, drifting, expected
from app.database.providers import Server
from app.database.revisions import migrate
from app.database.revisions.catalogue import Fingerprint, fingerprint
from app.database.scratch import drop_database, scratch_database
from tests.unpooled import unpooled


@contextmanager
def connected(url: sa.URL, role: str | None = None) -> Iterator[sa.Connection]:
    """A transaction on the database; committed at the end of the block."""
    with unpooled(url, role).begin() as connection:
        yield connection


def execute(url: sa.URL, *statements: str, role: str | None = None) -> None:
    with connected(url, role) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def rows(url: sa.URL, statement: str, role: str | None = None) -> list[tuple[Any, ...]]:
    with connected(url, role) as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]


def catalogue(url: sa.URL, **options: Any) -> Fingerprint:
    with connected(url) as connection:
        return fingerprint(connection, **options)


def drifts(url: sa.URL, should_be: Expected) -> bool:
    """True if the database differs from what is expected; the first difference is enough."""
    with closing(drifting(url, should_be)) as found:
        return next(found, None) is not None


@dataclass(frozen=True)
class Ready:
    """A database at head with its roles."""

    url: sa.URL
    roles: Roles


@pytest.fixture(scope="session")
def template(server: Server) -> Iterator[Ready]:
    """The database that bootstrap makes. Clone it: no connection may stay open to it."""
    name = f"schema_{secrets.token_hex(4)}"
    roles = roles_for(name)
    try:
        yield Ready(bootstrap(server.url, database=name, roles=roles).url, roles)
    finally:
        drop_database(server.url, name)
        drop_roles(server.url, roles)


@pytest.fixture
def ready(server: Server, template: Ready) -> Iterator[Ready]:
    with scratch_database(server.url, template=template.url.database, prefix="schema") as url:
        yield Ready(url, template.roles)


@pytest.fixture(scope="session")
def at_head(server: Server, template: Ready) -> Expected:
    """The expected state of a database with the template's roles."""
    return expected(server.url, template.roles)


@pytest.fixture
def new_roles(server: Server) -> Iterator[Roles]:
    """Names that no role has yet; whatever roles a test makes of them are gone afterwards."""
    roles = roles_for(f"schema_{secrets.token_hex(4)}")
    yield roles
    drop_roles(server.url, roles)


@pytest.fixture
def new_database(server: Server, new_roles: Roles) -> Iterator[str]:
    """A name that no database has yet; dropped before its roles are."""
    name = f"{new_roles.prefix}_db"
    yield name
    drop_database(server.url, name)


REVISION = """
from alembic import op
revision, down_revision, branch_labels, depends_on = "{revision}", "{below}", None, None
{declarations}

def upgrade():
    for statement in {up!r}:
        op.execute(statement)

def downgrade():
    for statement in {down!r}:
        op.execute(statement)
"""


@contextmanager
def further_revisions(folder: Path) -> Iterator[Callable[..., str]]:
    """Add revisions above head for the block: `add(*statements, down=…, declarations=…)` gives the new revision."""
    config = migrate.alembic_config()
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", f"{MIGRATIONS / 'versions'}\n{folder}")

    def add(*up: str, down: tuple[str, ...] = (), declarations: str = "") -> str:
        below = migrate.head()
        revision = f"{int(below) + 1:04d}"
        text = REVISION.format(revision=revision, below=below, declarations=declarations, up=up, down=down)
        (folder / f"{revision}_added.py").write_text(text, encoding="utf-8")
        return revision

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "alembic_config", lambda: copy(config))
        yield add


@pytest.fixture
def add_revision(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Put one more revision on top of head, for this test only."""
    with further_revisions(tmp_path) as add:
        yield add
