"""Each operation of the OpenAPI document shows an example that follows its schema and is what the service answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from app.api.examples import RECORD, recorded
from app.api.http.problems import MEDIA_TYPE
from tests.integration.api import shown
from tests.integration.api.conftest import NewFactory

Document = dict[str, Any]
OF_THE_MACHINE = (
    "excel_sha256",
    "scenario_sha256",
    "schema_revision",
    "phases_s",
    "requested_at",
    "started_at",
    "finished_at",
    "published_at",
    "first_published_at",
    "kept_at",
    "data_age_hours",
)
"""Fields whose values are not the factory's: how its workbook was packed, which migrations there are, the clock."""


@pytest.fixture(scope="module")
def service(new_factory: NewFactory) -> Iterator[httpx.Client]:
    """The API on the examples' factory, whose workbook can be asked for by path; the one before it is kept."""
    with new_factory() as factory:
        (factory.folder / "2026").mkdir()
        factory.ingest(shown.day_before(), "2026/Folha_IA.xlsx")
        factory.ingest(shown.factory(), "2026/Folha_IA.xlsx")
        with factory.api(export_dir=factory.folder) as client:
            yield client


@pytest.fixture(scope="module")
def document(service: httpx.Client) -> Document:
    found: Document = service.get("/api/openapi.json").json()
    return found


def operations(document: Document) -> Iterator[tuple[str, Document]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def examples(document: Document) -> Iterator[tuple[str, Document, list[Any]]]:
    """Each JSON answer of each operation: its name, its schema, and the examples shown of it."""
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            for kind, media in response.get("content", {}).items():
                if kind in ("application/json", MEDIA_TYPE):
                    yield f"{name} {status}", media["schema"], shown_by(document, media)


def shown_by(document: Document, media: Document) -> list[Any]:
    """The media type's own example, or those of the schema that it refers to."""
    if "example" in media:
        return [media["example"]]
    model = media["schema"].get("$ref", "").rpartition("/")[2]
    found: list[Any] = document["components"]["schemas"].get(model, {}).get("examples", [])
    return found


def test_every_json_answer_has_an_example_that_follows_its_schema(document: Document) -> None:
    faults = []
    for name, schema, shown_there in examples(document):
        whole = {**schema, "components": document["components"]}
        validator = Draft202012Validator(whole, format_checker=FormatChecker())
        faults += [f"{name}: {fault.message}" for one in shown_there for fault in validator.iter_errors(one)]
        if not shown_there and not name.endswith(" 422"):
            faults.append(f"{name}: no example")
    assert faults == []


def test_no_two_schemas_have_one_name(document: Document) -> None:
    """FastAPI would tell them apart by their modules, so that clients see these."""
    assert [name for name in document["components"]["schemas"] if name.startswith("app__")] == []


def test_every_schema_that_shows_examples_is_followed_by_them(document: Document) -> None:
    faults = []
    for name, schema in document["components"]["schemas"].items():
        validator = Draft202012Validator({**schema, "components": document["components"]})
        for one in schema.get("examples", []):
            faults += [f"{name}: {fault.message}" for fault in validator.iter_errors(one)]
    assert faults == []


OF_AN_OPEN_ORDER = {"{work_order_id}/estimate": f"{shown.OPEN_ORDER}/estimate"}
"""A completed order has no estimate."""


def asked(service: httpx.Client, document: Document) -> dict[str, Any]:
    """The service's present answers of each operation that was recorded or could be."""
    found = {}
    for name, operation in operations(document):
        method, path = name.split(" ")
        for place, value in (OF_AN_OPEN_ORDER | shown.ADDRESSES).items():
            path = path.replace(place, value)
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        answer = service.request(method, path, json=shown_by(document, body)[0] if body else None)
        if answer.is_success and answer.headers.get("content-type") == "application/json":
            found[name] = answer.json()
    return found


def masked(value: Any) -> Any:
    """The value with fields that differ between machines, not between factories, left empty."""
    if isinstance(value, dict):
        return {name: "" if name in OF_THE_MACHINE else masked(item) for name, item in value.items()}
    return [masked(item) for item in value] if isinstance(value, list) else value


def test_recorded_examples_are_what_the_service_answers(
    service: httpx.Client, document: Document, tmp_path: Path
) -> None:
    now = asked(service, document)
    record = tmp_path / RECORD.name
    record.write_text(json.dumps(now, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert masked(recorded()) == masked(now), f"if the change is meant: cp {record} {RECORD}"
