"""The `evidence` fixture: figures, tables and files of a check, kept with its verdict."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, NoReturn

from release_gate.record.attachments import place_for
from release_gate.record.expect import Expectation, ExpectationFailed
from release_gate.record.files import sha256_of
from release_gate.record.plain import plain, text_of

MAX_TABLE_ROWS = 200
ONE_AT_A_TIME = Lock()
"""A lock, so that two threads that attach files of one name get different places."""


class Evidence:
    """Records evidence of one test.

    write: takes an event's name and facts; writes them into the journal (nowhere when debugging). clean: removes
    secrets from a file in place.
    """

    def __init__(
        self, write: Callable[..., object], folder: Path, clean: Callable[[Path], object] = lambda _: None
    ) -> None:
        self._write = write
        self._folder = folder
        self._clean = clean
        self._expectations: tuple[Expectation, ...] = ()

    def record(self, name: str, value: Any, *, unit: str = "", source: str = "") -> None:
        """Record a figure or fact: name, value, unit and source. Values that JSON cannot represent are kept as text."""
        named = {"name": text_of(name), "value": plain(value), "unit": text_of(unit), "source": text_of(source)}
        self._item({"kind": "value"} | named)

    def expect(self, actual: Any, claim: str, *, unit: str = "", source: str = "") -> Expectation:
        """Record a figure and say what is expected of it: `evidence.expect(rows, "rows loaded").equals(519_079)`."""
        expectation = Expectation(actual, text_of(claim), text_of(unit), text_of(source), self.record)
        super().__setattr__("_expectations", (*self._expectations, expectation))
        return expectation

    def table(self, name: str, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Record a table; rows beyond the 200th are counted, not kept."""
        kept = [plain(list(row)) for row in rows]
        self._item(
            {
                "kind": "table",
                "name": text_of(name),
                "headers": [text_of(header) for header in headers],
                "rows": kept[:MAX_TABLE_ROWS],
                "rows_left_out": max(0, len(kept) - MAX_TABLE_ROWS),
            }
        )

    def attach(self, path: str | os.PathLike[str], name: str | os.PathLike[str] | None = None) -> Path:
        """Copy a file into the run folder, unless it is there already; returns its place.

        Another file of that name is kept: this one gets a number. Raises AttachmentRefused for a reserved name, one
        outside the folder, and a binary that contains a secret.
        """
        source = Path(path)
        with ONE_AT_A_TIME:
            target = place_for(self._folder, source, os.fspath(name) if name else source.name)
            if source.resolve() != target.resolve():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
        self._clean(target)
        item = {"kind": "file", "name": target.name, "path": str(target.relative_to(self._folder))}
        self._item(item | {"sha256": sha256_of(target)})
        return target

    def note(self, message: str) -> None:
        """Add a few words to the verdict line, such as `baseline: none`."""
        self._write("note", message=text_of(message))

    def not_measured(self, reason: str) -> None:
        """State that this check could not measure; it will not count as passed."""
        self._write("not_measured", reason=text_of(reason).strip() or "it does not say why")

    def close(self) -> None:
        """End the check; a figure that was never compared makes it not measured."""
        open_claims = [one.claim for one in self._expectations if not one.compared]
        if open_claims:
            self.not_measured(f"nothing was expected of: {', '.join(open_claims)}")

    @property
    def failure(self) -> ExpectationFailed | None:
        """The first expectation that failed, even if the check caught its exception."""
        return next((one.failure for one in self._expectations if one.failure is not None), None)

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse to replace a method or part on which an outcome depends."""
        if name in vars(self) or hasattr(type(self), name):
            raise AttributeError(f"evidence.{name} cannot be replaced: the check's evidence would be lost.")
        super().__setattr__(name, value)

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "evidence belongs to the gate's own process: return what the child found, and record it in the check"
        )

    def _item(self, item: dict[str, Any]) -> None:
        self._write("evidence", item=item)
