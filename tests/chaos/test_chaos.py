"""A short campaign of faults; that its judges notice what they look for; and that its page is that of its figures."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator

import psycopg2
import pytest
import sqlalchemy as sa

from tests.chaos.__main__ import MINUTES
from tests.chaos.campaign import rounds_of, scene_of
from tests.chaos.figures import PAGE, kept, lines_of, rendered, rows_of
from tests.chaos.ground import Told
from tests.chaos.invariants import Findings, false_messages, judge_leftovers, judge_rows
from tests.chaos.kinds import KINDS
from tests.chaos.plants import side_by_side
from tests.chaos.proxy import Trouble, troubled
from tests.chaos.publications import publications
from tests.chaos.scene import Scene
from tests.unpooled import unpooled

SEED, WITHIN_S, PUBLICATIONS = "ci", 600, 5


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with scene_of(SEED, repeats=1) as scene:
        yield scene


def test_publications_beside_clients_that_never_pause_mix_nothing(scene: Scene) -> None:
    found = publications(scene, PUBLICATIONS)
    assert lines_of(found.found) == []
    assert found.answers > found.runs >= 1
    assert found.unavailable == 0


def test_a_fault_of_each_kind_loses_nothing_and_leaves_nothing(scene: Scene) -> None:
    said: list[str] = []
    rounds = [*rounds_of(scene, SEED, 1, time.monotonic() + WITHIN_S, said.append)]
    assert [line for one in rounds for line in lines_of(one.found)] == []
    assert {one.kind for one in rounds} == set(KINDS)
    assert sum(one.answers for one in rounds) > 0
    assert [row.rounds for row in rows_of(rounds)] == [1] * len(KINDS)


def test_plants_side_by_side_keep_their_own_through_kills() -> None:
    found = side_by_side(SEED, number=4, workers=2, waves=2, until_s=time.monotonic() + WITHIN_S, say=lambda line: None)
    assert lines_of(found.found) == []
    assert (found.worker_kills, found.server_kills, found.published + found.undone) == (2, 1, 8)
    assert found.answers > 0


def test_judges_notice_a_lost_row_a_changed_one_and_what_is_left(scene: Scene) -> None:
    def found(statement: str) -> Findings:
        with unpooled(scene.ground.url).connect() as connection:
            connection.exec_driver_sql(statement)
            connection.commit()
        found = Findings()
        judge_rows(scene.ground.main, scene.books, scene.calm.images, found)
        return found

    live = scene.ground.main.live()
    changed = found(f"UPDATE core.phases SET name = name || '!' WHERE run_id = {live} AND phase_id = 1")
    assert (changed.rows_lost, len(changed.mixtures)) == (0, 1)
    lost = found(f"DELETE FROM core.skills WHERE run_id = {live} AND employee_id = 1")
    assert lost.rows_lost == 1
    (scene.ground.folder / "reports" / ".load_report.json.1.tmp").touch()
    with unpooled(scene.ground.url).connect() as connection:
        connection.exec_driver_sql("SELECT pg_advisory_lock(7)")
        left = Findings()
        judge_leftovers(scene.ground, left)
    assert left.leftovers == ["1 advisory locks", "file .load_report.json.1.tmp"]


RESULT = '{"run_id": 4, "status": "PUBLISHED"}'


@pytest.mark.parametrize(
    ("told", "live", "is_false"),
    [
        (Told(0, RESULT, ""), 4, False),
        (Told(0, RESULT, ""), 3, True),
        (Told(0, "", ""), 3, True),
        (Told(1, "", "Run 4 failed and nothing changed: no space."), 3, False),
        (Told(1, "", "Run 4 failed and nothing changed: no space."), 4, True),
        (Told(1, "", "Run 4 is live, but the reply was lost."), 4, False),
        (Told(1, "", "Run 4 is live, but the reply was lost."), 3, True),
        (Told(1, "", "Run 4 may be live: the reply was lost."), 4, False),
        (Told(1, "", "Run 4 may be live: the reply was lost."), 3, False),
        (Told(1, "", ""), 3, True),
        (Told(1, "", "Traceback (most recent call last): …"), 3, True),
        (Told(-9, "", ""), 4, False),
        (Told(-9, RESULT, ""), 3, True),
    ],
)
def test_words_are_compared_with_what_is_live(told: Told, live: int, is_false: bool) -> None:
    assert bool([*false_messages(told, 3, live)]) is is_false


def test_a_flip_a_cut_and_a_stall_are_on_the_wire(scene: Scene) -> None:
    def asked(url: sa.URL) -> list[tuple[str]]:
        connection = psycopg2.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))
        try:
            with connection.cursor() as cursor:
                cursor.execute("CREATE TEMP TABLE words (word text)")
                cursor.copy_expert("COPY words FROM STDIN", io.BytesIO(b"ab\n"))
                cursor.execute("SELECT word FROM words")
                return cursor.fetchall()
        finally:
            connection.close()

    with troubled(scene.ground.url, Trouble("flip", "copied", at=1, bit=0)) as (url, wire):
        assert asked(url) == [("ac",)]
        assert wire.struck
    with troubled(scene.ground.url, Trouble("stall", "answered", at=300, pause_s=0.01)) as (url, wire):
        assert asked(url) == [("ab",)]
        assert wire.struck
    with (
        troubled(scene.ground.url, Trouble("cut", "sent", at=200)) as (url, wire),
        pytest.raises(psycopg2.OperationalError),
    ):
        asked(url)


def test_page_is_that_of_the_figures() -> None:
    assert PAGE.read_text(encoding="utf-8") == rendered(kept(), MINUTES), "run make chaos"
    assert {one.kind for one in kept().kinds} == set(KINDS)
