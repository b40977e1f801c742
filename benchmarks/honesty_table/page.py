"""docs/honesty.md: the rules of reading, the totals and every row, as Markdown."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Sequence

from benchmarks.honesty_table.asking import BARE_EXIT, BARE_RESULT, EXIT_CODE, OTHERS, OURS, SUPERVISED, Row
from benchmarks.honesty_table.tally import NOTHING, TOGETHER, Tally, tallies, told_by
from benchmarks.honesty_table.witnesses import REPORTS, Said, of_exit_code, of_gate

WIDTH = 120
COMMAND = "python3 benchmarks/honesty.py --write docs/honesty.md"
RULES = {
    EXIT_CODE: inspect.getdoc(of_exit_code),
    **{name: inspect.getdoc(rule) for name, (_, rule) in REPORTS.items()},
    TOGETHER: "All four release.",
    NOTHING: "Never: what a mere no would score.",
    SUPERVISED: "`python3 -m release_gate run` ends with 0.",
    BARE_RESULT: inspect.getdoc(of_gate),
    BARE_EXIT: "`pytest -m MARKER` ends with 0.",
}
HEAD = f"""# Conclusions from test reports, compared with the truth

Made by `{COMMAND}` (some minutes); change that program or the
stimuli, not this page.

Each stimulus of [tests/plugin/examples/stimuli](../tests/plugin/examples/stimuli) is a small project with a list of
required checks. In most of them something keeps the run from being a proof; some are controls that truly pass, so that
blocking everything would not look honest. Each is run by pytest without this gate, with three reporters at once, and by
this gate through both of its doors. The truth is the verdict that the stimulus expects: PASS may be released, anything
else may not. A witness is right when CI that reads nothing else would do the right thing.
"""
READING = """A report that is missing or cannot be read releases nothing. One that is there is read, whatever its age:
_older_ marks one that an earlier run has left, where the stimulus has one. Without the gate its fixtures are stand-ins
that do nothing. Plugins are loaded by name alone: the reporters, pytest-xdist, and what a stimulus is about.
"""
ASSERTED = """
The gate's own columns are those that tests/plugin/test_stimuli.py asserts of each stimulus in every CI run. Only the
stimuli with an earlier run, and the forged result, were put to the gate for this page too. The others were asked all.
"""
LIMITS = """## What this does not show

- Reporters report what ran; no one promised that CI may conclude a release from it. CI does, and that is judged here.
- The stimuli were chosen because they fool somebody: a share of them is not a frequency in real life.
- All are measured by this gate's standard: a required check that was skipped, expected to fail, run again or left out
  proves nothing. Where that is not asked for, their rows do not count against anybody.
- The gate bare leaves the right result on disk, but its exit code is pytest's where a process is ended from within, and
  a process that dies after its last word has been judged before: rely on the supervised run.
- A check can be written so that it checks nothing (it compares what always holds): no witness sees it, this
  gate included. That is for review to find, and for planted faults ([proof.md](proof.md)).
"""


def page(rows: Sequence[Row], versions: dict[str, str | None], *, asserted: bool) -> str:
    """The whole document. asserted: the gate's own columns are those that its tests assert."""
    put, kept = [row for row in rows if row.put], [row for row in rows if not row.put]
    used = ", ".join(f"{name} {version}" for name, version in versions.items())
    parts = [
        HEAD,
        textwrap.fill(f"Compared: {used}.", WIDTH, break_on_hyphens=False) + "\n" + (ASSERTED if asserted else ""),
        f"## Totals over the {len(put)} stimuli that can be put to all\n\n{_totals(tallies(rows))}",
        "## How each witness is read\n\n"
        + _table(("witness", "it releases when"), list(RULES.items()))
        + f"\n{READING}",
        "## Conclusions by stimulus\n\nA wrong conclusion is **bold**.\n\n" + _told(put),
        "## Not put to the others\n\nWhat these are about has no counterpart without the gate.\n\n" + _kept(kept),
        LIMITS,
    ]
    return "\n".join(parts)


def _totals(counted: Sequence[Tally]) -> str:
    rows = [
        (
            one.witness,
            f"{one.right} of {one.asked}",
            f"{one.blocked} of {one.to_block}",
            f"{one.released} of {one.to_release}",
        )
        for one in counted
    ]
    return _table(("witness", "told the truth", "blocked what must be", "released what may be"), rows)


def _told(rows: Sequence[Row]) -> str:
    head = ("stimulus", "what it claims", "may be released", *OTHERS, *OURS, "told the truth")
    return _table(
        head, [(*_subject(row), *(_cell(row, name) for name in (*OTHERS, *OURS)), told_by(row)) for row in rows]
    )


def _kept(rows: Sequence[Row]) -> str:
    head = ("stimulus", "what it claims", "may be released", *OURS, "why not put")
    return _table(head, [(*_subject(row), *(_cell(row, name) for name in OURS), row.why_not_put) for row in rows])


def _subject(row: Row) -> tuple[str, str, str]:
    return f"`{row.name}`", row.claim, "yes" if row.releasable else "no"


def _cell(row: Row, witness: str) -> str:
    said: Said = row.said[witness]
    concluded = "releases" if said.released else "blocks"
    shown = concluded if row.truthful(witness) else f"**{concluded}**"
    return f"{shown}: {said.why}{', _older_' if said.stale else ''}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str | None]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return (
        "\n".join(f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in line)} |" for line in lines) + "\n"
    )
