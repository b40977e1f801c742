"""The gate's output: on a terminal a live table of criteria, otherwise a line for each check."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from threading import Event, Thread
from typing import TYPE_CHECKING, TextIO

from release_gate.record.clock import CLOCK
from release_gate.rules.declaration import Declaration
from release_gate.rules.escaping import one_line
from release_gate.rules.language import Language
from release_gate.rules.model import Outcome
from release_gate.telling.sentences import told
from release_gate.telling.streams import columns_of, forgiving, shows_symbols

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

NARROWEST_TABLE = 60
"""Columns that a terminal must have for the table; a narrower one gets lines."""
QUIET_S = 10.0
"""Seconds between lines about the progress of a long step, without a terminal."""
MARKS = {"failed": ("✘", "red"), "passed": ("✔", "green"), "running": ("▸", "bold"), "to come": ("·", "dim")}
"""Symbol and style of a criterion's row by its state. The symbol repeats what the colour means."""
ASCII_MARKS = {"failed": ("x", "red"), "passed": ("+", "green"), "running": (">", "bold"), "to come": (".", "dim")}
"""The same for a terminal without Unicode."""


def screen() -> TextIO:
    """The real standard output; while a check runs, pytest redirects the usual one to a file."""
    try:
        return forgiving(os.dup(sys.stdout.fileno()), sys.stdout.encoding, own=True)
    except (OSError, ValueError):  # a stream without a descriptor, such as a notebook's
        return sys.stdout


def nothing_known() -> Mapping[str, float]:
    """No seconds of any criterion, where no run was kept."""
    return {}


class Board:
    """The table of a run in progress.

    usual_seconds: seconds that each criterion took in earlier runs; called only where the table is shown. titles: those
    of criteria and checks in the language of the run, by the declared ones.
    """

    def __init__(
        self,
        declaration: Declaration,
        stream: TextIO,
        usual_seconds: Callable[[], Mapping[str, float]] = nothing_known,
        language: Language = Language.EN,
    ) -> None:
        self.declaration = declaration
        self.stream = stream
        self._usual_seconds = usual_seconds
        self._told = partial(told, language)
        self.titles: Mapping[str, str] = {}
        self._usual: Mapping[str, float] = {}
        self._marks = MARKS if shows_symbols(stream) else ASCII_MARKS
        self._on_trial = {check.id for check in declaration.checks if check.is_on_trial(CLOCK.today())}
        self._outcomes: dict[str, Outcome] = {}
        self._began: dict[str, float] = {}
        self._took: dict[str, float] = {}
        self._step = ""
        self._criterion = ""
        self._said_at = self._step_began = CLOCK.seconds()
        self._live: Live | None = None
        self._ended = Event()
        self._beat = Thread(target=self._say_that_it_goes_on, daemon=True)

    def open(self, run_id: str) -> None:
        """Start showing the table."""
        checks = len(self.declaration.checks)
        self._line(self._told("opening", title=self.declaration.title, run=run_id, count=checks))
        columns = columns_of(self.stream)
        if columns is not None and columns >= NARROWEST_TABLE:
            self._usual = self._usual_seconds()
            self._live = self._table_on_screen()
            self._live.start()
        else:
            self._beat.start()

    def close(self) -> None:
        """Stop showing the table; its last state stays."""
        self._ended.set()
        if self._beat.is_alive():
            self._beat.join()
        self._end_criterion()
        self._step = ""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def say(self, lines: Iterable[str]) -> None:
        """Print lines unchanged, after output that pytest still buffers."""
        sys.stdout.flush()
        for line in lines:
            self._print(line)

    def leave_screen(self) -> None:
        """Close the terminal's stream."""
        if self.stream is not sys.stdout:
            self.stream.close()

    def enter(self, criterion: str, check: str, test: str) -> None:
        """A test of a check begins. It is shown by the check's title, or by its own name where no check has one."""
        if criterion != self._criterion:
            self._end_criterion()
            self._criterion = criterion
            if criterion not in self._began and self._live is None:
                title = next((one.title for one in self.declaration.criteria if one.id == criterion), "")
                self._line(f"{criterion} {self._titled(title)}")
            self._began.setdefault(criterion, CLOCK.seconds())
        declared = self.declaration.check(check)
        self._step = f"{check} {self._titled(declared.title)}" if declared else test
        self._said_at = self._step_began = CLOCK.seconds()

    def progress(self, step: str, done: int, total: int | None) -> None:
        """Show the progress of a long step."""
        self._step = f"{step} {done:,}" + (self._told("of_total", total=f"{total:,}") if total else "")

    def leave(self, check: str, outcome: Outcome, reason: str, duration_s: float, case: str = "") -> None:
        """A check's test ended. case: which of its parametrised cases it was."""
        known = self._outcomes.get(check, Outcome.PASSED)
        self._outcomes[check] = outcome if known is Outcome.PASSED else known
        declared = self.declaration.check(check)
        title = self._titled(declared.title) if declared else ""
        if declared and check in self._on_trial:
            title += self._told("on_trial_until", day=declared.trial_until)
        if self._live is None or outcome is not Outcome.PASSED:
            mark = "ok " if outcome is Outcome.PASSED else outcome.value
            why = f": {reason}" if reason else ""
            self._line(f"  {check:<3} {mark} {title}{f' [{case}]' if case else ''} ({duration_s:.1f} s){why}")

    def _titled(self, title: str) -> str:
        return self.titles.get(title, title)

    def _line(self, line: str) -> None:
        """Print a line that contains a text of a check."""
        self._print(line[: len(line) - len(line.lstrip())] + one_line(line))

    def _print(self, line: str) -> None:
        if self._live is None:
            self.stream.write(line + "\n")
            if not getattr(self.stream, "line_buffering", False):
                self.stream.flush()
        else:
            self._live.console.print(line, markup=False, emoji=False, soft_wrap=True)

    def _say_that_it_goes_on(self) -> None:
        while not self._ended.wait(QUIET_S / 4):
            if self._step and CLOCK.seconds() - self._said_at >= QUIET_S:
                self._said_at = CLOCK.seconds()
                self._line(f"     … {self._step}, {CLOCK.seconds() - self._step_began:.0f} s")

    def _end_criterion(self) -> None:
        if self._criterion:
            self._took[self._criterion] = CLOCK.seconds() - self._began[self._criterion]
            self._criterion = ""

    def _table_on_screen(self) -> Live:
        # Imported only where there is a screen: it would be a tenth of what the plugin costs a run in CI.
        from rich.console import Console
        from rich.live import Live

        return Live(
            get_renderable=self._table,
            console=Console(file=self.stream, highlight=False),
            refresh_per_second=4,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def _table(self) -> Table:
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, expand=True)
        for header in ("", "", *map(self._told, ("criterion", "checks", "time"))):
            table.add_column(header, no_wrap=True, overflow="ellipsis")
        table.add_column(self._told("now"), no_wrap=True, overflow="ellipsis", ratio=1)
        for criterion in self.declaration.criteria:
            own = [check.id for check in self.declaration.checks if check.criterion == criterion.id]
            done = [check for check in own if check in self._outcomes]
            failed = {check for check in done if self._outcomes[check] is not Outcome.PASSED}
            mark, style = self._marks[self._state(criterion.id, bool(failed - self._on_trial), len(done) == len(own))]
            tries = len(failed & self._on_trial)
            tried = self._told("count_on_trial", count=tries) if tries else ""
            now = self._step if criterion.id == self._criterion else ""
            count = f"{len(done) - len(failed)}/{len(own)}{tried}"
            cells = (mark, criterion.id, self._titled(criterion.title), count, self._time(criterion.id), now)
            table.add_row(*(Text(one_line(cell)) for cell in cells), style=style)
        return table

    def _state(self, criterion: str, is_failed: bool, is_done: bool) -> str:
        if is_failed:
            return "failed"
        if is_done:
            return "passed"
        return "running" if criterion == self._criterion else "to come"

    def _time(self, criterion: str) -> str:
        usual = f"{self._usual[criterion]:.0f}" if criterion in self._usual else ""
        if criterion == self._criterion:
            of_usual = self._told("of_about", seconds=usual) if usual else ""
            return f"{CLOCK.seconds() - self._began[criterion]:.0f}{of_usual} s"
        if criterion in self._took:
            return f"{self._took[criterion]:.0f} s"
        return self._told("about", seconds=usual) if usual else ""
