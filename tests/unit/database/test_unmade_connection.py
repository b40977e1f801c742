"""A connection that is not made: cause and remedy fit what PostgreSQL says, and both are said in Portuguese."""

from __future__ import annotations

import re

import pytest

from app.database.unmade_connection import NO_LOGIN, REFUSALS, SILENCE, unreachable
from app.database.urls import normalise
from app.languages.sentences import in_portuguese

URL = normalise("postgresql://u:hunter2@h:5433/x")
SAID = (
    ('FATAL:  permission denied to set role "plan_ingest"', 'GRANT "plan_ingest" TO "u"'),
    ('FATAL:  role "u" does not exist', "no such login"),
    ('FATAL:  role "u" is not permitted to log in', "no such login"),
    ('FATAL:  role "plan_ingest" does not exist', "lacks the role plan_ingest"),
    ('FATAL:  invalid value for parameter "role": "plan_ingest"', "lacks the role plan_ingest"),
    ('FATAL:  password authentication failed for user "u"', "does not accept this login"),
    ("fe_sendauth: no password supplied", "does not accept this login"),
    ('FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "u", database "x", no encryption', "does not accept"),
    ('FATAL:  database "x" does not exist', "no such database"),
    ('FATAL:  permission denied for database "x"\nDETAIL:  User does not have CONNECT privilege.', "may not connect"),
    ('FATAL:  database "x" is not currently accepting connections', "may not connect"),
    ("FATAL:  sorry, too many clients already", "are taken"),
    ('FATAL:  too many connections for role "u"', "are taken"),
    ("FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute", "are taken"),
    ("FATAL:  the database system is starting up", "starting or stopping"),
    ("FATAL:  the database system is not yet accepting connections", "starting or stopping"),
    ("server is not in hot standby mode", "target_session_attrs"),
    ("session is read-only", "target_session_attrs"),
    ("server does not support SSL, but SSL was required", "encryption"),
    ("FATAL:  das ist etwas anderes", "refuses it"),
    ('could not translate host name "h" to address: Name or service not known', "no machine of that name"),
    ("Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?", "does not answer"),
    ("timeout expired", "does not answer"),
    ("", "does not answer"),
)


@pytest.mark.parametrize(("said", "told"), SAID)
def test_cause_and_remedy_fit_what_postgresql_says(said: str, told: str) -> None:
    sentence = str(unreachable(URL, RuntimeError(f'connection to server at "h", port 5433 failed: {said}\n')))
    ours, _, theirs = sentence.partition(" (PostgreSQL says “")
    assert told in ours
    assert " ".join(said.split()) in theirs
    assert "check that it runs" not in ours or told == "does not answer"
    assert "hunter2" not in sentence


def test_every_kind_of_refusal_is_met_by_some_words() -> None:
    kinds = {kind.cause.partition("{")[0] for kind in (*REFUSALS, NO_LOGIN, SILENCE)}
    sentences = [str(unreachable(URL, RuntimeError(said))) for said, _ in SAID]
    assert {kind for kind in kinds if not any(kind in sentence for sentence in sentences)} == set()


@pytest.mark.parametrize("said", [said for said, _ in SAID])
@pytest.mark.parametrize("form", ["{}", "north.xlsx: {} It is tried again.", "unknown: {}"])
def test_portuguese_holds_no_english_but_the_words_of_postgresql(said: str, form: str) -> None:
    words = f'connection to server at "h", port 5433 failed: {said}. Then; more: of it.'
    sentence = in_portuguese(form.format(unreachable(URL, RuntimeError(words))))
    ours = re.sub("«.*»", "", sentence, flags=re.DOTALL)
    assert "Sem ligação ao PostgreSQL em h:5433/x como u, porque " in ours
    assert ours.count("o PostgreSQL diz") == 1
    assert re.findall(r"\b(?:the|is|and|it|or|of|that|this|login|server|names|let)\b", ours) == []
