"""The API does what its OpenAPI document says, whatever is asked of it: explored by schemathesis over real HTTP.

Every operation of the document is explored, so a new route is covered by being there. What a finding means, and how to
explore for longer: docs/testing/contract.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.api import conftest as api
from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory, NewFactory
from tests.integration.api.contract.exploration import EXAMPLES, EXPLORATION_STAGES, IS_LONG, Exploration, explored
from tests.integration.api.contract.faults import FAULTS, plant

SEQUENCES = "stateful"
SINGLE_REQUESTS = tuple(stage for stage in EXPLORATION_STAGES if stage != SEQUENCES)
FEWER_STAGES = EXPLORATION_STAGES if IS_LONG else ("examples", "fuzzing")
"""Stages of the closed states: the short run tries edges and sequences with open gates only."""
PARTS = ("/api/prodplan",)
OTHERS = "others"
"""Parts of the document by the beginnings of their paths: each is explored by a test of its own where most is asked,
so that two workers share them."""
PLANTED_EXAMPLES = 20
PLANTED_ALONE = [f"--include-name={operation.replace('TRACE', 'GET')}" for operation in ([] if IS_LONG else FAULTS)]


def key_of(client: httpx.Client) -> str:
    return client.headers["Authorization"].partition(" ")[2]


def made_document(client: httpx.Client) -> dict[str, Any]:
    """The document, made at its first request: on a busy machine that takes longer than schemathesis waits for it."""
    document: dict[str, Any] = client.get("/api/openapi.json").json()
    return document


def is_in(part: str, path: str) -> bool:
    return not is_in("|".join(PARTS), path) if part == OTHERS else re.match(part, path) is not None


def option_of(part: str) -> str:
    """The option of schemathesis that selects the part."""
    return f"--exclude-path-regex=^({'|'.join(PARTS)})" if part == OTHERS else f"--include-path-regex=^{part}"


def is_closable(operation: dict[str, Any]) -> bool:
    """Return True if a gate changes the operation's answers; a long run takes each for one."""
    return IS_LONG or bool(operation.get("x-feature-gates"))


def undocumented_answers(client: httpx.Client) -> dict[str, int]:
    """Statuses that the document lacks, of a plain GET of each path with 1 for every number in it."""
    paths = made_document(client)["paths"]
    asked = {path: methods["get"]["responses"] for path, methods in paths.items() if "get" in methods}
    found = {path: client.get(re.sub(r"{\w+}", "1", path)).status_code for path in asked}
    return {path: status for path, status in found.items() if str(status) not in asked[path]}


def explored_closed(client: httpx.Client, folder: Path, *options: str) -> Exploration:
    """The exploration of a closed state: every operation that a gate changes, and each GET once."""
    closable = [
        f"{method.upper()} {path}"
        for path, methods in made_document(client)["paths"].items()
        for method, operation in methods.items()
        if is_closable(operation)
    ]
    assert undocumented_answers(client) == {}
    names = [f"--include-name={name}" for name in closable]
    found = explored(str(client.base_url), key_of(client), folder, *names, *options, phases=FEWER_STAGES)
    counted = found.report["operations"]
    assert (counted["selected"], counted["tested"], counted["errored"]) == (len(closable), len(closable), 0)
    assert len(closable) > 20
    return found


def explored_wholly(client: httpx.Client, folder: Path, part: str) -> Exploration:
    """The exploration, which must have asked every operation of the document's part, and judged every answer."""
    document = made_document(client)
    found = explored(str(client.base_url), key_of(client), folder, option_of(part), phases=SINGLE_REQUESTS)
    paths = [methods for path, methods in document["paths"].items() if is_in(part, path)]
    operations = sum(len(methods) for methods in paths)
    counted = found.report["operations"]
    assert (counted["selected"], counted["tested"], counted["errored"]) == (operations, operations, 0), found.output
    keyed = sum("security" in operation for methods in paths for operation in methods.values())
    # Asked by a check itself, which judges the answers: each keyed operation without a key, and with a wrong one.
    assert found.report["test_cases"]["without_checks"] <= 2 * keyed, found.output
    assert {name for name, told in found.report["phases"].items() if told["status"] != "skip"} == set(SINGLE_REQUESTS)
    assert found.report["test_cases"]["generated"] > operations * 5
    return found


def assert_no_fault(found: Exploration) -> None:
    assert found.failures == set(), found.output
    assert found.exit_code == 0, found.output


@contextmanager
def serving(factory: Factory, **given: Any) -> Iterator[httpx.Client]:
    """The API without rates, which would refuse most of an exploration, and with the export that the document names."""
    named = factory.folder / "exports" / "2026" / "Folha_IA.xlsx"
    if not named.exists():
        named.parent.mkdir(parents=True)
        workbooks.write(named, workbooks.factory(seed=8))
    rates = dict.fromkeys(("rate_simulation", "rate_ingestion", "rate_download"), "1000000/second")
    folders = {"upload_dir": factory.folder / "uploads", "export_dir": factory.folder / "exports"}
    with factory.api(**rates, **folders, **given) as client:
        yield client


@pytest.fixture(scope="module")
def busy(new_factory: NewFactory) -> Iterator[Factory]:
    """A factory at work of this module's own: the exploration asks it for ingestions."""
    with new_factory() as factory:
        factory.ingest(workbooks.factory(seed=6), "before.xlsx")
        factory.ingest(workbooks.factory(seed=7))
        yield factory


def statuses(client: httpx.Client) -> set[str]:
    return {gate["status"] for gate in client.get("/api/feature-gates").json()["gates"]}


@pytest.fixture
def starved(new_factory: NewFactory) -> Iterator[Factory]:
    """A factory whose every reference leads nowhere: each gate that data can close is closed by them."""
    with new_factory() as factory:
        factory.ingest(workbooks.unmatched(seed=6), "before.xlsx")
        factory.ingest(workbooks.unmatched(seed=7))
        yield factory


@pytest.mark.parametrize("part", [*PARTS, OTHERS])
def test_document_holds_while_the_gates_are_open(busy: Factory, tmp_path: Path, part: str) -> None:
    with serving(busy) as client:
        assert "DISABLED" not in statuses(client)
        assert_no_fault(explored_wholly(client, tmp_path, part))


def test_sequences_of_requests_hold_while_the_gates_are_open(busy: Factory, tmp_path: Path) -> None:
    with serving(busy) as client:
        made_document(client)
        found = explored(str(client.base_url), key_of(client), tmp_path, phases=[SEQUENCES])
    assert_no_fault(found)
    assert {name for name, told in found.report["phases"].items() if told["status"] != "skip"} == {SEQUENCES}
    assert found.report["test_cases"]["generated"] > EXAMPLES


def test_document_holds_while_the_data_close_the_gates(starved: Factory, tmp_path: Path) -> None:
    with serving(starved) as client:
        assert "ENABLED" not in statuses(client)
        assert client.get("/api/kpis/by-employee").status_code == 409
        assert_no_fault(explored_closed(client, tmp_path))


def test_document_holds_while_nobody_knows_the_gates(busy: Factory, tmp_path: Path) -> None:
    with serving(busy, gates_file=tmp_path / "absent.json") as client:
        assert statuses(client) == {"DISABLED"}
        # It is not ready: 503 is the documented answer, and a 500 would be an undocumented one.
        assert_no_fault(explored_closed(client, tmp_path, "--exclude-checks", "not_a_server_error"))


def test_document_holds_before_there_are_data(fresh: Factory, tmp_path: Path) -> None:
    with serving(fresh) as client:
        assert client.get("/api/kpis/overview").status_code == 503
        assert_no_fault(explored_closed(client, tmp_path, "--exclude-checks", "not_a_server_error"))


def test_every_planted_fault_is_found_and_nothing_else(
    busy: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = api.create_app
    monkeypatch.setattr(api, "create_app", lambda *given, **named: plant(create(*given, **named)))
    with serving(busy) as client:
        found = explored(
            str(client.base_url),
            key_of(client),
            tmp_path,
            *PLANTED_ALONE,
            examples=PLANTED_EXAMPLES,
            phases=EXPLORATION_STAGES,
        )
    planted = {(kind, operation) for operation, (_, kinds) in FAULTS.items() for kind in kinds}
    assert found.failures == planted, found.output
    assert found.exit_code == 1
