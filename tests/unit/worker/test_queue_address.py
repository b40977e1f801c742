"""The address of a queue's database in the form that libpq reads."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from psycopg.conninfo import conninfo_to_dict

from app.worker.service import conninfo_of


@pytest.mark.parametrize(
    ("url", "found"),
    [
        (
            "postgresql://u:p%40ss@h:6432/d",
            {"user": "u", "password": "p@ss", "host": "h", "port": "6432", "dbname": "d"},
        ),
        ("postgresql://h/Vila do Conde", {"host": "h", "dbname": "Vila do Conde"}),
        ("postgresql:///it's%3F?host=/tmp", {"host": "/tmp", "dbname": "it's?"}),
        (
            "postgresql://u@/d?host=a,b&port=1,2&target_session_attrs=read-write&options=-c%20x%3D1",
            {"user": "u", "dbname": "d", "host": "a,b", "port": "1,2", "target_session_attrs": "read-write"},
        ),
        (
            "postgresql://u@/d?host=a&host=b&sslmode=require",
            {"user": "u", "dbname": "d", "host": "a,b", "sslmode": "require"},
        ),
    ],
)
def test_each_part_of_the_url_is_named_and_options_are_left_out(url: str, found: dict[str, Any]) -> None:
    assert conninfo_to_dict(conninfo_of(sa.make_url(url))) == found
