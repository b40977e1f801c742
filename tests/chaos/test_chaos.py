"""A short campaign of faults; that its judges notice what they look for; and that its page is that of its figures."""

from __future__ import annotations

import io
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from tests.chaos.__main__ import MINUTES
from tests.chaos.accumulation import Code, code_of, continued, joined
from tests.chaos.campaign import rounds_of, scene_of
from tests.chaos.figures import COUNTED, PAGE, Figures, KindRow, kept, lines_of, rendered, rows_of
from tests.chaos.ground import Told
from tests.chaos.invariants import Findings, false_messages, judge_leftovers, judge_rows
from tests.chaos.kinds import KINDS
from tests.chaos.plants import side_by_side
from tests.chaos.proxy import Trouble, troubled
from tests.chaos.publications import publications
from tests.chaos.scene import Scene
from tests.unpooled import unpooled

SEED, WITHIN_S, PUBLICATIONS = "ci", 3600, 5


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
    assert [one.rounds for one in rows_of(rounds)] == [1] * len(KINDS)
    kind, done = "API killed", dict.fromkeys(KINDS, 2)
    assert [*rounds_of(scene, SEED, 2, time.monotonic() + WITHIN_S, said.append, done=done)] == []
    (more,) = rounds_of(scene, SEED, 2, time.monotonic() + WITHIN_S, said.append, kinds=[kind], done={kind: 1})
    assert (more.kind, more.number, lines_of(more.found)) == (kind, 1, [])


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
    assert left.leftovers == ["advisory lock 0/7", "file .load_report.json.1.tmp"]


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


def row(kind: str, rounds: int, ratios: tuple[float, ...], *words: str) -> KindRow:
    return KindRow(kind, rounds, 2, 3, 4, 5, 6, 7, 8, 9, max(ratios), max(ratios), 7, 0, words, ratios)


def test_calls_on_the_same_code_add_up() -> None:
    first = Figures("s", "then", "here", 60.0, (row("API killed", 2, (1.0, 3.0), "a word"),), None, digest="d")
    second = replace(
        first, began="now", took_s=30.0, kinds=(row("worker killed", 1, (9.0,)), row("API killed", 1, (1.5,)))
    )
    both = joined(first, second)
    assert (both.began, both.took_s, both.calls, joined(None, second)) == ("then", 90.0, 2, second)
    assert [one.kind for one in both.kinds] == ["worker killed", "API killed"], "the order of the kinds"
    killed = both.kinds[1]
    assert (killed.rounds, killed.answers, killed.ratios) == (3, 14, (1.0, 3.0, 1.5))
    assert (killed.ratio_median, killed.ratio_worst, killed.words) == (1.5, 3.0, ("a word",))
    for name in (*COUNTED[1:9], "answers"):
        assert getattr(killed, name) == 2 * getattr(first.kinds[0], name), name
    assert continued(both, Code("c", "d"), "here", None) is both
    assert continued(both, Code("c", "d"), "here", "s") is both
    for code, machine, seed in (("e", "here", None), ("d", "there", None), ("d", "here", "t")):
        assert continued(both, Code("c", code), machine, seed) is None
    assert continued(replace(both, digest=""), Code(), "here", None) is None, "of uncommitted files nothing is known"


def test_code_is_known_only_where_the_struck_files_are_the_commits(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=chaos", "-c", "user.email=chaos@localhost")
        subprocess.run(["git", "-C", str(tmp_path), *identity, *arguments], check=True, capture_output=True)

    assert code_of(tmp_path) == Code()
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "a.py").touch()
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")
    first = code_of(tmp_path)
    (tmp_path / "page.md").touch()
    assert code_of(tmp_path) == first
    git("add", ".")
    git("commit", "-qm", "two")
    assert (code_of(tmp_path).digest, len(first.digest)) == (first.digest, 64)
    assert code_of(tmp_path).commit != first.commit
    (tmp_path / "app" / "b.py").touch()
    assert code_of(tmp_path) == Code()


def test_page_is_that_of_the_figures() -> None:
    assert PAGE.read_text(encoding="utf-8") == rendered(kept(), MINUTES), "run make chaos"
    assert {one.kind for one in kept().kinds} == set(KINDS)
