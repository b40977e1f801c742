"""The project's Portuguese of what its checks say: asked of its hooks as the run ends, and kept in the journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from release_gate.in_pytest.open_run import OpenRun
from release_gate.record.expect import shown
from release_gate.record.journal import Event, read
from release_gate.rules.declaration import Declaration
from release_gate.rules.language import Language
from release_gate.rules.model import Verdict

HOOK = "pytest_release_gate_portuguese"


def keep_portuguese(gate: OpenRun, subject: Iterable[str]) -> None:
    """Write the Portuguese of all texts that have one. subject: names of what was judged. Raises JournalError.

    The texts are those of the journal, without secrets, so that the ones shown later are found.
    """
    if not _is_known(gate):
        return
    declared = (text for check in gate.declaration.checks for text in (*check.fix, check.acceptance))
    known = _told(gate, [*subject, *_titles(gate.declaration), *declared, *_recorded(read(gate.journal.path))])
    if known:
        gate.write("portuguese", texts=known)


def show_titles(gate: OpenRun) -> None:
    """Show criteria and checks in Portuguese while they run, if that is the language of the run."""
    if gate.language is Language.PT and _is_known(gate):
        gate.board.titles = _told(gate, _titles(gate.declaration))


def _is_known(gate: OpenRun) -> bool:
    return bool(getattr(gate.config.hook, HOOK).get_hookimpls())


def _told(gate: OpenRun, texts: Iterable[str]) -> dict[str, str]:
    """Portuguese by English, of the texts that a hook translates. A hook that returns no dict is a problem."""
    asked = list(dict.fromkeys(texts))
    told: dict[Any, Any] = {}
    for part in reversed(gate.asked(HOOK, [], config=gate.config, texts=asked)):
        if isinstance(part, Mapping):
            told |= part
        else:
            message = f"The hook {HOOK} told {shown(part)[:80]} where a dict belongs."
            gate.problem(Verdict.INCOMPLETE, "HOOK_FAILED", message)
    return {text: said for text in asked if isinstance(said := told.get(text), str) and said not in ("", text)}


def _titles(declaration: Declaration) -> Iterator[str]:
    yield from (criterion.title for criterion in declaration.criteria)
    yield from (check.title for check in declaration.checks)


def _recorded(events: Iterable[Event]) -> Iterator[str]:
    for event in events:
        kind = event["event"]
        if kind == "evidence":
            item = event["item"]
            yield from (item["name"], *item.get("headers", ()))
            yield from (item[name] for name in ("unit", "source") if item.get(name))
        elif kind == "phase":
            yield from _failed(event.get("failure") or {})
            yield from filter(None, [event.get("reason")])
        elif kind == "not_measured":
            yield event["reason"]
        elif kind in ("problem", "warning", "note"):
            yield event["message"]


def _failed(failure: Mapping[str, Any]) -> Iterator[str]:
    """The root cause, also without the name of its exception; the claim, and the steps to take."""
    message, kind = failure.get("message") or "", str(failure.get("type", "")).rpartition(".")[2]
    expectation = failure.get("expectation") or {}
    parts = [message, message.removeprefix(f"{kind}: "), *(failure.get("fix") or ())]
    yield from filter(None, [*parts, expectation.get("claim"), expectation.get("source")])
