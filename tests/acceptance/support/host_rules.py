"""The host rules of docs/configuration.md as cases: what is set, and which host results or what is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.database.errors import DatabaseError

ON_HOST = "postgresql://u:p@localhost:5432/plan"
IN_COMPOSE = "postgresql://u:p@db:5432/plan"
ELSEWHERE = "postgresql://u:p@pg.example:5432/plan"


@dataclass(frozen=True)
class HostRule:
    name: str
    given: dict[str, Any] = field(default_factory=dict)
    host: str | None = None
    refused: type[DatabaseError] | None = None


def docker(**given: Any) -> dict[str, Any]:
    return {"in_docker": True, **given}


HOST_RULES = (
    HostRule("nothing set"),
    HostRule("DATABASE_URL alone", {"database_url": ELSEWHERE}, "pg.example"),
    HostRule("DATABASE_URL first", {"database_url": ELSEWHERE, "database_url_host": ON_HOST}, "pg.example"),
    HostRule("on the host, DATABASE_URL_HOST", {"database_url_host": ON_HOST}, "localhost"),
    HostRule("on the host, DATABASE_URL_DOCKER is ignored", {"database_url_docker": IN_COMPOSE}),
    HostRule("in Docker, DATABASE_URL_DOCKER", docker(database_url_docker=IN_COMPOSE), "db"),
    HostRule("in Docker, DATABASE_URL_HOST is ignored", docker(database_url_host=ON_HOST)),
    HostRule("in Docker, localhost becomes db", docker(database_url=ON_HOST), "db"),
    HostRule("in Docker, 127.0.0.1 becomes db", docker(database_url="postgresql://u:p@127.0.0.1:5432/plan"), "db"),
    HostRule("in Docker, ::1 becomes db", docker(database_url="postgresql://u:p@[::1]:5432/plan"), "db"),
    HostRule("in Docker, another host stays", docker(database_url=ELSEWHERE), "pg.example"),
    HostRule(
        "DATABASE_URL_DOCKER saying localhost is refused", docker(database_url_docker=ON_HOST), refused=DatabaseError
    ),
)
