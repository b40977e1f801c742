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


@pytest.mark.parametrize("refusals", [0, 1, scratch.TRIES - 1, scratch.TRIES])
def test_a_database_that_somebody_leaves_late_is_tried_again_a_few_times(
    refusals: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def execute(_: sa.URL, statement: str) -> None:
        told.append(statement)
        if len(told) <= refusals:
            raise sa.exc.OperationalError(statement, None, psycopg2.errors.ObjectInUse("is being accessed"))

    monkeypatch.setattr(scratch, "_execute", execute)
    if refusals == scratch.TRIES:
        with pytest.raises(sa.exc.OperationalError, match="is being accessed"):
            scratch.drop_database(URL, "spare")
    else:
        scratch.drop_database(URL, "spare")
        scratch.create_database(URL, "copy", template="spare")
        assert told[-1] == 'CREATE DATABASE "copy" TEMPLATE "spare" STRATEGY FILE_COPY'
    assert len(told) == min(refusals, scratch.TRIES - 1) + (1 if refusals == scratch.TRIES else 2)


def test_another_refusal_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def execute(_: sa.URL, statement: str) -> None:
        raise sa.exc.ProgrammingError(statement, None, psycopg2.errors.UndefinedObject("no role"))

    monkeypatch.setattr(scratch, "_execute", execute)
    with pytest.raises(sa.exc.ProgrammingError, match="no role"):
        scratch.drop_database(URL, "spare")
