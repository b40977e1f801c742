"""Plants of different sizes side by side: several workers, a reader of each plant, and kills among them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from urllib.parse import quote

import msgspec
import sqlalchemy as sa

from app.database.bootstrap import bootstrap
from app.database.scratch import create_database
from app.ingestion.options import Options
from app.ingestion.pipeline import ingest
from app.ingestion.sheets.comparison import checksums
from tests.chaos.books import Book, make_book
from tests.chaos.client import Client
from tests.chaos.ground import MODULES, Command, Ground, Place, ground_in, until
from tests.chaos.invariants import Findings, judge_leftovers, judge_named_runs, judge_rows
from tests.chaos.reader import Reader, content
from tests.integration.forked import stem_of
from tests.integration.providers.conftest import opened_folder
from tests.integration.read_here import ingested_here
from tests.unpooled import unpooled

SMALLEST, TEMPLATE, PATH = 20, "empty_plant", "kpis/overview"
SERVER_KILLED_EVERY = 3
"""Waves from one kill of the server to the next; a worker is killed in each."""
LONGEST_WAIT_S, READER_PAUSE_S = 3.0, 0.1


class SideBySide(msgspec.Struct, frozen=True):
    """Figures of plants side by side. undone: requests that a kill ended."""

    plants: int
    workers: int
    took_s: float
    published: int
    undone: int
    worker_kills: int
    server_kills: int
    answers: int
    unavailable: int
    found: Findings


@dataclass
class Plant:
    """One plant: its database, its two workbooks with their checksums, its client, and a reader of this plant alone."""

    place: Place
    books: list[Book]
    images: dict[str, dict[str, str]]
    client: Client
    reader: Reader

    def other_book(self) -> Book:
        """The workbook that is not live."""
        live = self.place.rows(
            "SELECT excel_sha256 FROM audit.ingestion_runs WHERE run_id = :run", run=self.place.live()
        )
        return next(book for book in self.books if [(book.sha256,)] != live)


@dataclass
class Group:
    """The plants of a campaign and what serves them. file: of the plants."""

    ground: Ground
    plants: list[Plant]
    workers: list[Command]
    file: str

    def start_worker(self, number: int) -> None:
        """Start the worker of that place; each serves its share of the plants."""
        mine = [one.place.plant for one in self.plants[number :: len(self.workers)]]
        named = [word for plant in mine for word in ("--plant", plant)]
        self.workers[number] = self.ground.start("worker", *named, url=self.ground.url, PLANTS_FILE=self.file)

    def kill_worker(self, number: int) -> None:
        """SIGKILL to a worker, and another in its place."""
        self.workers[number].process.kill()
        self.workers[number].told()
        self.start_worker(number)

    def kill_server(self) -> None:
        """SIGKILL to the server's first process; the next command starts it again."""
        server = self.ground.server
        assert server is not None
        os.kill(server, signal.SIGKILL)
        told = self.ground.start("runs", "--json").told()
        assert told.code == 0, told


def side_by_side(
    seed: str, number: int, workers: int, waves: int, until_s: float, say: Callable[[str], None]
) -> SideBySide:
    """Publish in each plant, wave after wave, while workers and the server are killed and each reader asks."""
    began, rng, found = time.monotonic(), Random(seed), Findings()
    ended = list[str]()
    kills = 0
    with group_of(number, workers) as group:
        say(f"{number} plants ready after {time.monotonic() - began:.0f} s")
        for wave in range(waves):
            if time.monotonic() > until_s:
                break
            asked = [(one, one.place.live(), one.client.request(one.other_book())) for one in group.plants]
            time.sleep(rng.uniform(0, LONGEST_WAIT_S))
            group.kill_worker(rng.randrange(workers))
            if wave % SERVER_KILLED_EVERY == 0:
                kills += 1
                group.kill_server()
            for plant, before, run_id in asked:
                status = plant.client.ended(run_id)
                ended.append(status)
                live = plant.place.live()
                if live != (run_id if status == "PUBLISHED" else before):
                    found.false_messages.append(
                        f"{plant.place.plant}: run {run_id} is {status}, and run {live} is live"
                    )
            say(f"wave {wave + 1} of {waves}: {ended.count('PUBLISHED')} published, {ended.count('FAILED')} undone")
        answers, unavailable = judge(group, found)
    published, undone = ended.count("PUBLISHED"), len(ended) - ended.count("PUBLISHED")
    took_s, waved = round(time.monotonic() - began, 1), len(ended) // number
    return SideBySide(number, workers, took_s, published, undone, waved, kills, answers, unavailable, found)


def judge(group: Group, found: Findings) -> tuple[int, int]:
    """Compare each plant with its workbooks and its answers; the answers, and those that were a declared 503."""
    answers = unavailable = 0
    for plant in group.plants:
        plant.reader.stop()
        heard = plant.reader.heard()
        answers += heard.answers
        unavailable += heard.unavailable
        found.mixtures += [f"{plant.place.plant}: {line}" for line in heard.mixtures]
        found.false_messages += [f"{plant.place.plant}: {line}" for line in heard.false]
        judge_named_runs(plant.place, heard.runs, found)
        judge_rows(plant.place, plant.books, plant.images, found)
        if not heard.answers:
            found.not_started.append(f"{plant.place.plant}: its reader had no answer")
    for worker in group.workers:  # whose looks for dead runs hold locks for a moment
        worker.process.discard()
    judge_leftovers(group.ground, found, [plant.place for plant in group.plants])
    return answers, unavailable


@contextmanager
def group_of(number: int, workers: int) -> Iterator[Group]:
    """Plants with a live run each, an API in front of all, their readers, and the workers."""
    with stem_of(*MODULES) as stem, opened_folder() as folder, ground_in(folder, stem) as ground:
        bootstrap(ground.url, database=TEMPLATE, roles=ground.roles)
        (folder / "books").mkdir()
        places = [new_place(ground, f"plant {place:02d}") for place in range(number)]
        file = folder / "plants.toml"
        file.write_text("".join(map(entry, places)), encoding="utf-8")
        commands = [ground.start("serve", "--port", str(ground.port), url=ground.url, PLANTS_FILE=str(file))]
        plants = list[Plant]()
        try:
            until(ground.answers, bool, of="the API")
            key = ground.new_key()
            for size, place in enumerate(places, start=1):
                plants.append(observed(ground, place, key, SMALLEST * size))
            group = Group(ground, plants, commands[:1] * workers, str(file))
            for worker in range(workers):
                group.start_worker(worker)
            commands = [commands[0], *group.workers]
            for plant in plants:
                plant.reader.start()
            yield group
            commands = [commands[0], *group.workers]
        finally:
            for plant in plants:
                plant.reader.stop()
            for command in commands:
                command.process.discard()


def new_place(ground: Ground, plant: str) -> Place:
    """An empty database at head for a plant."""
    url: sa.URL = create_database(ground.url.set(database="postgres"), plant, template=TEMPLATE)
    return Place(url, ground.roles, plant)


def entry(place: Place) -> str:
    """The plant's table in the file of the plants."""
    return f'[plants."{place.plant}"]\ndatabase_url = "{place.url.render_as_string(hide_password=False)}"\n'


def observed(ground: Ground, place: Place, key: str, orders: int) -> Plant:
    """The plant after it has ingested both of its workbooks; its answers to each are its reader's truth."""
    client = Client(ground.base_url, key, f"/api/plants/{quote(place.plant)}/")
    books = [make_book(ground.folder / "books" / f"{place.plant}-{extra}.xlsx", orders + extra) for extra in (0, 1)]
    images, truth = dict[str, dict[str, str]](), {}
    for book in books:
        options = Options(plant=place.plant, allow_shrink=True, allow_older=True, allow_implausible=True)
        with ingested_here():
            run = ingest(place.url, book.path, roles=place.roles, options=options)
        with unpooled(place.url, place.roles.ingest).connect() as connection:
            images[book.sha256] = checksums(connection, run.run_id)
        truth[book.name, PATH] = content(client.asked("GET", PATH))
    reader = Reader(ground.base_url, truth, paths=(PATH,), prefix=client.prefix, pause_s=READER_PAUSE_S)
    return Plant(place, books, images, client, reader)
