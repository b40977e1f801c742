"""A local server that recovers from a crash of one of its processes is asked again until it takes connections."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from app.database import persistent
from app.database.errors import ServerUnreachable

URL = sa.make_url("postgresql+psycopg2://nobody@127.0.0.1:1/none")


@pytest.mark.parametrize(
    "refusal",
    [
        ServerUnreachable("FATAL: the database system is in recovery mode"),
        ServerUnreachable("server closed the connection unexpectedly This probably means the server terminated"),
        OperationalError("SELECT 1", {}, Exception("terminating connection"), connection_invalidated=True),
    ],
)
def test_refusal_that_passes_by_itself_is_followed_by_another_try(
    monkeypatch: pytest.MonkeyPatch, refusal: Exception
) -> None:
    answers: list[object] = [refusal, "facts"]

    def check_server(engine: sa.Engine) -> object:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(persistent, "check_server", check_server)
    assert str(persistent.answered(URL)) == "facts"


@pytest.mark.parametrize(
    "refusal",
    [
        ServerUnreachable("FATAL: password authentication failed"),
        OperationalError("SELECT 1", {}, Exception("permission denied")),
    ],
)
def test_refusal_that_stays_is_reported_at_once(monkeypatch: pytest.MonkeyPatch, refusal: Exception) -> None:
    def check_server(engine: sa.Engine) -> object:
        raise refusal

    monkeypatch.setattr(persistent, "check_server", check_server)
    with pytest.raises(type(refusal), match=r"failed|denied"):
        persistent.answered(URL)
