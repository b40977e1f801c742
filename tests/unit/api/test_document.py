"""The OpenAPI document is that of the code: of all settings, it depends only on whether keys are required.

The integration tests rely on it: their applications share one document (`share_document`).
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from fastapi import Request

from app.api.application import create_app
from app.api.http.problems import methods_at
from app.api.keys.keyring import with_ephemeral_key
from app.api.openapi import made_once
from app.api.web.excel_links import csv_tables
from app.config import Settings
from app.database.access.roles import roles_for


def document_of(name: str, head: str | None = None, **given: Any) -> dict[str, Any]:
    settings, _ = with_ephemeral_key(Settings(_env_file=None, **given))
    url = f"postgresql://{name}@127.0.0.1:1/{name}"
    return create_app(settings, database_url=url, roles=roles_for(name), head=head).openapi()


@pytest.mark.parametrize("keys_required", [False, True])
def test_applications_of_other_settings_have_the_same_document(tmp_path: Path, keys_required: bool) -> None:
    others = {
        **dict.fromkeys(("rate_simulation", "rate_ingestion", "rate_download"), "1/hour"),
        **{name: tmp_path / name for name in ("feature_gates_file", "upload_dir", "export_dir")},
        "cors_origins": ["https://plant.example"],
    }
    plain = document_of("one", require_api_key=keys_required)
    assert document_of("other", head="0001", require_api_key=keys_required, **others) == plain
    secured = [one for path in plain["paths"].values() for one in path.values() if "security" in one]
    assert len(secured) > 20 if keys_required else len(secured) < len(plain["paths"])


def test_methods_and_tables_are_found_without_the_document() -> None:
    settings, _ = with_ephemeral_key(Settings(_env_file=None))
    app = create_app(settings, database_url="postgresql://none@127.0.0.1:1/none", roles=roles_for("none"))
    document = app.openapi()

    def unasked() -> dict[str, Any]:
        raise AssertionError("making the document takes most of a second")

    app.openapi = unasked  # type: ignore[method-assign]
    for path, operations in document["paths"].items():
        scope = {"type": "http", "app": app, "path": re.sub(r"{\w+}", "1", path), "headers": [], "query_string": b""}
        assert methods_at(Request(scope)) == sorted(map(str.upper, operations)), path
    expected = {
        path: one["get"]["x-required-scope"]
        for path, one in document["paths"].items()
        if "{" not in path and "text/csv" in one.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
    }
    assert csv_tables(app.routes) == expected
    assert len(expected) > 20


def test_document_is_made_once_however_many_threads_ask() -> None:
    made, begun = [], Barrier(4)
    document = made_once(lambda: made.append(1) or {"made": len(made)})  # type: ignore[func-returns-value]

    def ask(_: int) -> dict[str, Any]:
        begun.wait()
        return document()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == [{"made": 1}] * 4
