"""The supervisor's own copy of the journal, which shows if the judged process changed the file."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from threading import Thread
from typing import Any

from release_gate.record.files import regular_content
from release_gate.record.redaction import AS_THEY_ARE, MARK
from release_gate.rules.model import LOST

WITNESS_VARIABLE = "RELEASE_GATE_WITNESS"
"""Environment variable with the writing end of a pipe on which a run sends its supervisor every event."""
CHUNK = 1 << 16
PATIENCE_S = 5.0
"""Seconds to wait for the last events after the run has ended."""


class Witness:
    """Receives every event of a run. write_end: the end of the pipe that the run writes to."""

    def __init__(self) -> None:
        self._journal: Path | None = None
        self._heard: list[bytes] = []
        self._read_end, self.write_end = os.pipe()
        self._thread = Thread(target=self._listen, name="journal witness", daemon=True)

    def listen(self) -> None:
        """Begin to read; the run has its end of the pipe."""
        os.close(self.write_end)
        self._thread.start()

    def begin(self, journal: Path) -> None:
        """Set the run's journal; events after its current ones are received."""
        self._journal = journal
        self._heard.insert(0, journal.read_bytes())

    def objection(self) -> str | None:
        """The difference between the journal on disk and the received events, except for secrets; None if there is
        none."""
        told = self.told()
        kept = regular_content(self._journal) if self._journal else b""
        if kept == told:
            return None
        lines_told, lines_kept = told.split(b"\n"), kept.split(b"\n")
        for number, (one, other) in enumerate(zip(lines_told, lines_kept, strict=False), start=1):
            if one != other and not _only_hides(_event(one), _event(other)):
                return f"Event {number} of the journal is not the one that the run told its supervisor."
        if len(lines_told) != len(lines_kept):
            return f"The journal holds {len(lines_kept) - 1} events; the run told {len(lines_told) - 1}."
        return None

    def told(self) -> bytes:
        """The complete lines that were received, without the one that could not be written."""
        self._thread.join(PATIENCE_S)
        told = b"".join(self._heard)
        whole = told[: told.rfind(b"\n") + 1]
        return whole.removesuffix(whole.splitlines(keepends=True)[-1]) if _lost_in(whole) else whole

    def lost(self) -> str:
        """Return the run's message about why it could write no more events; empty if it could."""
        self._thread.join(PATIENCE_S)
        return _lost_in(b"".join(self._heard))

    def _listen(self) -> None:
        while part := os.read(self._read_end, CHUNK):
            self._heard.append(part)
        os.close(self._read_end)


def _lost_in(told: bytes) -> str:
    last = _event(told.splitlines()[-1]) if told else None
    return str(last["message"]) if isinstance(last, dict) and last.get("code") == LOST else ""


def _event(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return line


def _only_hides(told: Any, kept: Any) -> bool:
    """True if `kept` is `told` with parts of texts redacted, and no fact that decides anything changed."""
    if isinstance(told, str) and isinstance(kept, str):
        return told == kept or _hidden(told, kept)
    if isinstance(told, dict) and isinstance(kept, dict):
        decisive = [(told.get(name), kept.get(name)) for name in AS_THEY_ARE]
        return (
            len(told) == len(kept)
            and all(one == other for one, other in decisive)
            and all(map(_only_hides, told, kept))
            and all(map(_only_hides, told.values(), kept.values()))
        )
    if isinstance(told, list) and isinstance(kept, list):
        return len(told) == len(kept) and all(map(_only_hides, told, kept))
    return bool(told == kept)


def _hidden(told: str, kept: str) -> bool:
    if MARK not in kept:
        return False
    return re.fullmatch(".+?".join(map(re.escape, kept.split(MARK))), told, re.DOTALL) is not None
