"""The one line that a failed run leaves: the reason, never a row's content."""

from __future__ import annotations

from app.ingestion.runs.run_record import MAX_REASON_LENGTH, one_line


class Diagnosis:
    message_primary = 'duplicate key value violates unique constraint "pk"'


class DriverError(Exception):
    pgcode = "23505"
    diag = Diagnosis()


class WrappedError(Exception):
    def __init__(self, original: Exception) -> None:
        super().__init__("DETAIL: Key (name)=(Zulmira Plantada) already exists.")
        self.orig = original


def test_a_database_error_is_its_state_and_primary_message() -> None:
    expected = 'SQLSTATE 23505: duplicate key value violates unique constraint "pk"'
    assert one_line(WrappedError(DriverError("CONTEXT: COPY employees, line 7: Zulmira"))) == expected


def test_many_lines_become_one() -> None:
    assert one_line(ValueError("first\n  second\n")) == "first second"


def test_an_error_without_words_is_named_by_its_kind() -> None:
    assert one_line(KeyboardInterrupt()) == "KeyboardInterrupt"


def test_a_long_reason_is_cut() -> None:
    assert len(one_line(ValueError("x" * 10_000))) == MAX_REASON_LENGTH
