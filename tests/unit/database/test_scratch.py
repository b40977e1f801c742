"""Dropping a scratch database while PostgreSQL's own worker is in it."""

from __future__ import annotations

import psycopg2.errors
import pytest
import sqlalchemy as sa

from app.database import scratch

URL = sa.make_url("postgresql://login@127.0.0.1:1/postgres")


def test_a_worker_that_the_login_may_not_end_is_left_to_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def execute(_: sa.URL, statement: str) -> None:
        told.append(statement)
        if "FORCE" in statement:
            raise sa.exc.ProgrammingError(statement, None, psycopg2.errors.InsufficientPrivilege("terminate process"))

    monkeypatch.setattr(scratch, "_execute", execute)
    scratch.drop_database(URL, "spare")
    assert told == ['DROP DATABASE IF EXISTS "spare" WITH (FORCE)', 'DROP DATABASE IF EXISTS "spare"']


def test_another_refusal_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def execute(_: sa.URL, statement: str) -> None:
        raise sa.exc.ProgrammingError(statement, None, psycopg2.errors.UndefinedObject("no role"))

    monkeypatch.setattr(scratch, "_execute", execute)
    with pytest.raises(sa.exc.ProgrammingError, match="no role"):
        scratch.drop_database(URL, "spare")
