"""A client that asks the API without pause, and compares each answer with those of its workbook."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

PATHS = ("kpis/overview", "prodplan/orders?limit=3", "quality/pareto", "prodplan/backlog")
OF_THE_RUN = {"run_id", "published_at", "data_age_hours", "data_quality", "next_cursor"}
"""Members of an answer that differ between two runs of one workbook; the warnings depend on the run before."""
DECLARED = {"DATABASE_UNAVAILABLE", "QUERY_TIMEOUT", "OVERLOADED"}
"""Codes of a 503 that a client may get while a server is away or starts."""
Truth = Mapping[tuple[str, str], Any]
"""The content of an answer by workbook and path."""


def content(body: Any) -> Any:
    """An answer without what differs between two runs of one workbook."""
    return {name: value for name, value in body.items() if name not in OF_THE_RUN}


@dataclass
class Heard:
    """The answers of a while.

    runs: the numbers that they named, each with its workbook. mixtures: answers that agree with no workbook. false:
    those that must not be given.
    """

    answers: int = 0
    unavailable: int = 0
    runs: set[tuple[int, str]] = field(default_factory=set)
    mixtures: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)


class Reader:
    """Asks in a thread of its own from `start` to `stop`; `heard` hands out what it has heard since the last time.

    is_away: set while no API answers, because it was killed.
    """

    def __init__(
        self,
        base_url: str,
        truth: Truth,
        *,
        paths: Sequence[str] = PATHS,
        prefix: str = "/api/",
        pause_s: float = 0.01,
    ) -> None:
        self.is_away = False
        self._base_url, self._truth = base_url, truth
        self._paths, self._prefix, self._pause_s = paths, prefix, pause_s
        self._heard, self._lock, self._stop = Heard(), threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._ask, name="reader", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    @contextmanager
    def sent_away(self) -> Iterator[None]:
        """A block in which nobody may answer."""
        self.is_away = True
        try:
            yield
        finally:
            self.is_away = False

    def heard(self) -> Heard:
        with self._lock:
            heard, self._heard = self._heard, Heard()
        return heard

    def _ask(self) -> None:
        with httpx.Client(base_url=self._base_url, timeout=30, verify=False) as client:
            number = 0
            while not self._stop.is_set():
                path = self._paths[number % len(self._paths)]
                number += 1
                was_away = self.is_away
                try:
                    answer = client.get(self._prefix + path)
                except httpx.TransportError as gone:
                    if not (was_away or self.is_away):
                        self._note(false=f"{path}: {type(gone).__name__}")
                    time.sleep(0.05)
                    continue
                self._judge(path, answer)
                time.sleep(self._pause_s)

    def _judge(self, path: str, answer: httpx.Response) -> None:
        body = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        if answer.status_code == 503 and body.get("code") in DECLARED and "retry-after" in answer.headers:
            self._note(unavailable=1)
            time.sleep(0.05)
        elif answer.status_code != 200:
            self._note(false=f"{path}: {answer.status_code} {body.get('code', answer.text[:80])}")
        else:
            named = body["run_id"], body["workbook_name"]
            agrees = self._truth.get((named[1], path)) == content(body)
            self._note(named, mixture="" if agrees else f"{path}: run {named[0]} is not told as {named[1]} is")

    def _note(
        self, named: tuple[int, str] | None = None, *, unavailable: int = 0, mixture: str = "", false: str = ""
    ) -> None:
        with self._lock:
            if named is not None:
                self._heard.answers += 1
                self._heard.runs.add(named)
            self._heard.unavailable += unavailable
            if mixture:
                self._heard.mixtures.append(mixture)
            if false:
                self._heard.false.append(false)
