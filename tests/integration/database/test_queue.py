"""The queue's schema at head is the one that the installed release of procrastinate works with."""

from __future__ import annotations

import sqlalchemy as sa
from procrastinate.schema import SchemaManager

from app.database.revisions.catalogue import Fingerprint, differences, restricted
from app.database.schema.queue import REQUEST, RETRY, SCHEMA
from tests.integration.database.conftest import Ready, catalogue, execute


def without_the_door(found: Fingerprint) -> Fingerprint:
    """The queue's schema without our functions, and without the table by whose lock requests take turns."""
    doors = tuple(f"function {door.partition('(')[0]}(" for door in (REQUEST, RETRY))
    others = {name: facts for name, facts in found["others"].items() if not name.startswith(doors)}
    assert len(others) == len(found["others"]) - 4
    relations = {name: facts for name, facts in found["relations"].items() if name != f"{SCHEMA}.request_turn"}
    assert len(relations) == len(found["relations"]) - 1
    return {**found, "others": others, "relations": relations}


def test_head_holds_what_the_installed_package_brings(ready: Ready, scratch_url: sa.URL) -> None:
    # Without tabs, as alembic writes a revision's SQL for review.
    package = SchemaManager.get_schema().replace("\t", "    ").replace("%", "%%")
    execute(scratch_url, f"CREATE SCHEMA {SCHEMA}", f"SET LOCAL search_path = {SCHEMA}", package)
    brought = restricted(catalogue(scratch_url, access=False), {SCHEMA})
    assert f"{SCHEMA}.procrastinate_jobs" in brought["relations"]
    at_head = restricted(catalogue(ready.url, access=False), {SCHEMA})
    assert differences(brought, without_the_door(at_head)) == []
