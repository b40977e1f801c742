"""The journal: every event of a run as a numbered line of JSON, flushed at once; results are computed from it alone."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Iterator
from os import SEEK_END, getpid
from os import write as write_to  # bound here: a check may replace them
from pathlib import Path
from threading import Lock
from typing import Any, TypeAlias

import msgspec

from release_gate.record.clock import CLOCK
from release_gate.record.files import regular_content, write_whole
from release_gate.record.plain import encoded

Event: TypeAlias = dict[str, Any]

NAME = "journal.jsonl"


def _encoder() -> Callable[[Any], str]:
    """json.dumps makes a new encoder of C for each call, which takes three times as long as to encode an event."""
    slow = json.JSONEncoder(ensure_ascii=False, default=str).encode
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return slow
    parts = make(None, str, json.encoder.encode_basestring, None, ": ", ", ", False, False, True)  # as json makes it
    return (lambda record: "".join(parts(record, 0))) if "".join(parts(SAMPLE, 0)) == slow(SAMPLE) else slow


SAMPLE: Event = {"text": 'ä "\n', "numbers": [1, 0.5, float("nan")], "other": [None, True, {}]}
encode = _encoder()
decode = msgspec.json.Decoder().decode


class JournalError(Exception):
    """The journal is cut off, out of order, or no journal."""

    code = "BAD_JOURNAL"


def now() -> str:
    """The time in UTC, ISO 8601, to the millisecond."""
    return CLOCK.stamp()


class Journal:
    """Appends to one run's journal.

    redact: applied to every event's facts before they are written. after: number of events that it already has, if
    known. witness: a pipe on which every event is sent as well. Raises JournalError when the file is no journal.
    """

    _write_to = staticmethod(write_to)  # a fake file system (pyfakefs) replaces the names of modules for a test

    def __init__(
        self,
        folder: Path,
        redact: Callable[[Any], Any] | None = None,
        *,
        after: int | None = None,
        witness: int | None = None,
    ) -> None:
        self.path = folder / NAME
        self.redact = redact
        if after is None:
            after = sum(1 for _ in read(self.path)) if self.path.exists() else 0
        self._next = after + 1
        self.witness = witness
        self._file = self.path.open("ab", buffering=0)
        self._owner = getpid()
        self._one_at_a_time = Lock()

    def append(self, event: str, **facts: Any) -> Event:
        """Write one event and flush it; returns it as written. Any thread of this process may call it.

        Raises JournalError in a forked child, whose numbering would contradict its parent's, and after `close`.
        """
        if getpid() != self._owner:
            raise JournalError(
                f"{event}: process {getpid()} is a child of the one that keeps the journal. Return what it found to "
                "the check, and record it there."
            )
        told = self.redact(facts) if self.redact else facts
        with self._one_at_a_time:
            if self._file.closed:
                raise JournalError(f"{event}: the run has ended, and its journal is closed.")
            record, line = self._made(event, told)
            self._write(line)
            self._next += 1
            if self.witness is not None:
                self._told(line, self.witness)
        return record

    def tell(self, event: str, **facts: Any) -> None:
        """Send the witness alone an event that cannot be written."""
        if self.witness is not None:
            self._told(self._made(event, self.redact(facts) if self.redact else facts)[1], self.witness)

    def _made(self, event: str, facts: Any) -> tuple[Event, bytes]:
        record = {"seq": self._next, "at": now(), "event": event, **facts}
        return record, encoded(encode(record)) + b"\n"

    def _write(self, line: bytes) -> None:
        written = self._file.write(line)
        if written != len(line):
            self._file.truncate(self._file.seek(0, SEEK_END) - (written or 0))  # a part of an event is none
            raise OSError(errno.ENOSPC, "the journal could not be written whole", str(self.path))

    @property
    def closed(self) -> bool:
        return self._file.closed

    @property
    def ours(self) -> bool:
        """True if this process opened the journal, and is no forked child of the one that did."""
        return getpid() == self._owner

    def _told(self, line: bytes, witness: int) -> None:
        try:
            self._write_to(witness, line)
        except OSError:  # the supervisor has ended, so nothing compares the two
            self.witness = None

    def rewrite(self, redact: Callable[[Event], Event]) -> None:
        """Apply `redact` to the written events except the declaration, for a secret that became known later."""
        self._file.close()
        first, *others = read(self.path)
        events = [first, *(redact(event) for event in others)]
        write_whole(self.path, b"".join(encoded(encode(event)) + b"\n" for event in events))
        self._file = self.path.open("ab", buffering=0)

    def close(self) -> None:
        self._file.close()


def require_there(folder: Path) -> None:
    """Raises JournalError if the journal or its folder was removed during the run."""
    if not (folder / NAME).is_file():
        raise JournalError(f"{folder.name}/{NAME} was removed while the run went on; see which check does that.")


def read(path: Path) -> Iterator[Event]:
    """The events of a file in their order. Raises JournalError as `events_in` does, and for an unreadable file."""
    try:
        content = regular_content(path)
    except OSError as error:
        raise JournalError(f"{path} cannot be read: {error}") from error
    yield from events_in(content, path)


def events_in(content: bytes, path: Path) -> Iterator[Event]:
    """The events in the content of `path`, in their order.

    Raises JournalError for a gap, a repeated number, or a line that is no event.
    """
    try:
        lines = content.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise JournalError(f"{path} cannot be read: {error}") from error
    if lines.pop() != "":
        raise JournalError(f"{path} ends in the middle of an event.")
    for number, line in enumerate(lines, start=1):
        try:
            event = _event_in(line)
        except ValueError as error:
            raise JournalError(f"{path}, line {number}: not an event.") from error
        if not isinstance(event, dict) or event.get("seq") != number or "event" not in event:
            raise JournalError(f"{path}, line {number}: event {number} was expected here.")
        yield event


def _event_in(line: str) -> Any:
    try:
        return decode(line)
    except msgspec.DecodeError:  # json also accepts a lone surrogate and NaN, which another program may have written
        return json.loads(line)
