"""Two exports of one small factory, one after the other: the changes between them, and the figures of both runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from tests.acceptance.support.backend import Api
from tests.acceptance.support.trial import Trial
from tests.integration.api import workbooks
from tests.oracle import Oracle, changes, differences, figures
from tests.oracle.answers import PLANT, plain

Compared = Iterator[tuple[str, list[str]]]


def of_both(trial: Trial) -> Compared:
    """The differences of changes and by-run from the oracles' of both workbooks, by path."""
    rows = workbooks.factory(1)
    paths = [
        workbooks.write(trial.folder / name, given)
        for name, given in (("monday.xlsx", rows), ("tuesday.xlsx", workbooks.a_day_later(rows)))
    ]
    runs = [trial.publish(path) for path in paths]
    with closing(Oracle(paths[0])) as before, closing(Oracle(paths[1])) as after:
        path = f"/api/changes?from_run={runs[0]}&to_run={runs[1]}"
        yield path, differences(_changes(before, after), _counted(trial.api.json(path)))
        expected = {run: (one.path.name, one) for run, one in zip(runs, (before, after), strict=True)}
        yield "/api/kpis/by-run?limit=2", by_run(trial.api, expected)


def by_run(api: Api, expected: dict[int, tuple[str, Oracle]]) -> list[str]:
    """The differences of the newest runs in by-run from the figures of these workbooks, by number and name."""
    body = api.json("/api/kpis/by-run", limit=len(expected))
    found = [{name: value for name, value in run.items() if name != "first_published_at"} for run in body["runs"]]
    wanted = [
        plain({"of_run_id": run, "workbook_name": name, **figures.of_run(oracle)})
        for run, (name, oracle) in sorted(expected.items(), reverse=True)
    ]
    return differences({"plant": PLANT, "runs": wanted}, {"plant": body["plant"], "runs": found})


def _changes(before: Oracle, after: Oracle) -> dict[str, Any]:
    return {"plant": PLANT, "sheets": changes.counts(before, after), "kinds": changes.kinds(before, after)}


def _counted(body: dict[str, Any]) -> dict[str, Any]:
    kinds = {one["kind"]: one["orders"] for one in body["order_kinds"] if one["orders"]}
    return {"plant": body["plant"], "sheets": body["sheets"], "kinds": kinds}
