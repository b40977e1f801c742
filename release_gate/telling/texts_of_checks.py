"""Translates the texts of checks and findings into Portuguese: by the project's words in the journal, else the gate's.

Ids, outcomes, commands, paths and values stay as they are, as does a text that nobody has in Portuguese.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from release_gate.record.journal import NAME as JOURNAL
from release_gate.record.journal import JournalError, read
from release_gate.record.records import Run, fold
from release_gate.rules.language import Language
from release_gate.telling.bilingual import Words
from release_gate.telling.said import compared, said

Result = dict[str, Any]


def result_in(language: Language, result: Result, folder: Path, root: Path) -> Result:
    """The result of the run in `folder`, with its texts in this language; in English if the journal is unreadable."""
    if language is Language.EN:
        return result
    try:
        return in_portuguese(fold(read(folder / JOURNAL), root), result)
    except (JournalError, KeyError, TypeError, ValueError, AttributeError):
        return result


def in_portuguese(run: Run, result: Mapping[str, Any]) -> Result:
    """The result with the texts of its checks in Portuguese."""
    criteria = [
        {
            **one,
            "title": text_in_portuguese(run, one["title"]),
            "checks": [_check(run, check) for check in one["checks"]],
        }
        for one in result["criteria"]
    ]
    return {
        **result,
        "criteria": criteria,
        "reasons": _reasons(run, result, criteria),
        "notes": [text_in_portuguese(run, note) for note in result["notes"]],
        "warnings": [text_in_portuguese(run, warning) for warning in result["warnings"]],
    }


def paired(english: Any, portuguese: Any) -> Any:
    """The same structure with each text in both languages; a text that does not differ is left alone."""
    if isinstance(english, str):
        return english if english == portuguese else Words(english, portuguese)
    if isinstance(english, Mapping):
        return {name: paired(value, portuguese[name]) for name, value in english.items()}
    if isinstance(english, list):
        return [paired(*both) for both in zip(english, portuguese, strict=True)]
    return english


def text_in_portuguese(run: Run, text: str) -> str:
    """The text in Portuguese; in English where nobody has its Portuguese."""
    return run.portuguese.get(text) or said(Language.PT, text)


def _check(run: Run, check: Mapping[str, Any]) -> Result:
    told = {
        **check,
        "title": text_in_portuguese(run, check["title"]),
        "reason": text_in_portuguese(run, check["reason"]),
        "evidence": [_evidence(run, item) for item in check["evidence"]],
    }
    if "finding" in check:
        told["finding"] = _finding(run, check["finding"])
        if check["reason"] == check["finding"]["root_cause"]:
            told["reason"] = told["finding"]["root_cause"]
    return told


def _evidence(run: Run, item: Mapping[str, Any]) -> Result:
    told = {**item, **{name: text_in_portuguese(run, item[name]) for name in ("unit", "source") if item.get(name)}}
    if item["kind"] != "file":
        told["name"] = text_in_portuguese(run, item["name"])
    if "headers" in item:
        told["headers"] = [text_in_portuguese(run, header) for header in item["headers"]]
    return told


def _finding(run: Run, finding: Mapping[str, Any]) -> Result:
    told = {
        **finding,
        "root_cause": _cause(run, finding),
        "fix_plan": [text_in_portuguese(run, step) for step in finding["fix_plan"]],
        "acceptance": text_in_portuguese(run, finding["acceptance"]),
    }
    if "expectation" in finding:
        told["expectation"] = _expectation(run, finding["expectation"])
    return told


def _expectation(run: Run, expectation: Mapping[str, str]) -> dict[str, str]:
    told = {name: text_in_portuguese(run, expectation[name]) for name in ("claim", "unit", "source")}
    return {**expectation, **told, **{name: compared(expectation[name]) for name in ("expected", "actual")}}


def _cause(run: Run, finding: Mapping[str, Any]) -> str:
    """The root cause: the claim with its comparison, or the message behind the name of its exception."""
    whole, expectation = str(finding["root_cause"]), finding.get("expectation")
    if expectation and whole.startswith(f"{expectation['claim']}: expected {expectation['expected']}"):
        told = _expectation(run, expectation)
        unit, source = (
            told[name] and form.format(told[name]) for name, form in (("unit", " {}"), ("source", " (de {})"))
        )
        return f"{told['claim']}: esperado {told['expected']}{unit}, encontrado {told['actual']}{unit}{source}"
    kind = f"{str(finding.get('exception', '')).rpartition('.')[2]}: "
    text = text_in_portuguese(run, whole)
    if text == whole and whole.startswith(kind):
        return kind + text_in_portuguese(run, whole.removeprefix(kind))
    return text


def _reasons(run: Run, result: Mapping[str, Any], criteria: Sequence[Mapping[str, Any]]) -> list[str]:
    """The reasons for the verdict; most begin with a check's name and end with its own reason."""
    pairs = [
        both
        for one, told in zip(result["criteria"], criteria, strict=True)
        for both in zip(one["checks"], told["checks"], strict=True)
    ]
    return [_reason(run, reason, pairs) for reason in result["reasons"]]


def _reason(run: Run, reason: str, pairs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> str:
    for english, portuguese in pairs:
        name = f"{english['id']} {english['title']} {english['outcome']}"
        if reason.startswith(name):
            rest, why = reason.removeprefix(name), f": {english['reason']}" if english["reason"] else ""
            middle = rest.removesuffix(why).replace(" (blocked by ", " (bloqueada por ")
            ending = f": {portuguese['reason']}" if why and rest.endswith(why) else ""
            return f"{portuguese['id']} {portuguese['title']} {english['outcome']}{middle}{ending}"
    return text_in_portuguese(run, reason)
