"""app.database.urls: one dialect, one refusal, and no localhost left in Docker."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app.config import Settings
from app.database.errors import UnsupportedDatabase
from app.database.urls import DIALECT, REFUSAL, explicit_url, hosts_of, is_localhost, normalise

NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789_", min_size=1, max_size=12)
PASSWORDS = st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable())
HOSTS = st.sampled_from(["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1", "db", "pg.example", "10.0.0.5"])
PORTS = st.integers(1, 65535)
SCHEMES = st.sampled_from(["postgres", "postgresql", "postgresql+psycopg2", "postgresql+psycopg", "PostgreSQL"])


@given(SCHEMES, NAMES, PASSWORDS, HOSTS, PORTS, NAMES)
def test_normalising_changes_nothing_but_the_dialect(
    scheme: str, user: str, password: str, host: str, port: int, database: str
) -> None:
    written = sa.URL.create("x", user, password, host, port, database).render_as_string(hide_password=False)
    url = normalise(scheme + written.removeprefix("x"))
    assert url.drivername == DIALECT
    assert (url.username, url.password, url.host, url.port, url.database) == (user, password, host, port, database)
    assert normalise(url) == url


@given(st.from_regex(r"\A[a-z][a-z0-9+]{0,15}\Z").filter(lambda text: not text.startswith("postgres")))
def test_every_other_scheme_is_refused_with_the_exact_message(scheme: str) -> None:
    with pytest.raises(UnsupportedDatabase) as refusal:
        normalise(f"{scheme}://u:p@h/d")
    assert str(refusal.value) == REFUSAL == "PostgreSQL 15+ is required. SQLite is not supported."


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost",
        "postgresql://u:hunter2@h:port/x",
        "postgresql://u:hunter2@h:1,i:2/x",
        "postgresql://u:hunter2\udce9@h/x",
    ],
)
def test_text_that_is_no_url_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(UnsupportedDatabase) as refusal:
        normalise(text)
    assert "hunter2" not in str(refusal.value)
    assert refusal.value.__cause__ is None


@given(HOSTS, NAMES)
def test_no_localhost_survives_in_docker(host: str, database: str) -> None:
    written = sa.URL.create("postgresql", "u", "p", host, 5433, database).render_as_string(hide_password=False)
    url = explicit_url(Settings(_env_file=None, in_docker=True, database_url=written))
    assert url is not None
    assert url.host == ("db" if is_localhost(host) else host)
    assert (url.username, url.password, url.port, url.database) == ("u", "p", 5433, database)


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("postgresql:///x?host=localhost", ("db",)),
        ("postgresql://localhost,pg.example/x", ("db", "pg.example")),
        ("postgresql:///x?host=pg.example&host=127.0.0.1", ("pg.example", "db")),
        ("postgresql:///x?host=/run/postgresql", ("/run/postgresql",)),
        ("postgresql:///x", ()),
    ],
)
def test_hosts_in_lists_and_queries_are_rewritten_too(url: str, hosts: tuple[str, ...]) -> None:
    resolved = explicit_url(Settings(_env_file=None, in_docker=True, database_url=url))
    assert resolved is not None
    assert hosts_of(resolved) == hosts
