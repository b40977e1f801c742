"""The pages in a real browser: from a wrong key to the refused rows of a published workbook, phone to desk, axe.

`make look` runs it and keeps the pictures; the other modules of this folder make the same claims of the HTML itself.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.api.keys.api_keys import Scope, keys_text, new_key
from tests.browser.__main__ import PICTURES
from tests.browser.installed import CHROMIUM, HERE, MODULES, NoBrowser, program, require_packages
from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory, NewFactory

LIMIT_S = 600
NAME = f"exportação <b>de hoje<b> & 🛶 مناوبة {'x' * 100}.xlsx"
ROOT = Path(__file__).resolve().parents[3]


@contextmanager
def worker(factory: Factory, uploads: Path) -> Iterator[None]:
    """A worker of the factory, as a process."""
    environment = {
        name: os.environ[name] for name in ("HOME", "PATH", "TMPDIR", "LANG", "PRODPLAN_LANG") if name in os.environ
    } | {
        "DATABASE_URL": factory.url.render_as_string(hide_password=False),
        "ROLE_PREFIX": factory.roles.prefix,
        "UPLOAD_DIR": str(uploads),
    }
    child = subprocess.Popen([sys.executable, "-m", "app", "worker"], cwd=ROOT, env=environment, start_new_session=True)
    try:
        yield
    finally:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait(timeout=30)


@pytest.fixture(scope="module")
def looked(new_factory: NewFactory, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    if PICTURES not in os.environ:
        pytest.skip("the browser takes a minute: `make look` runs this")
    try:
        node, chromium = program("node"), program(*CHROMIUM)
        require_packages()
    except NoBrowser as error:
        pytest.fail(str(error))
    key, record = new_key("browser", Scope)
    folder = tmp_path_factory.mktemp("browser")
    rows = workbooks.unmatched(7)
    with new_factory() as factory, new_factory() as north:
        north.ingest(workbooks.factory(3), plant="north")
        north_url = north.url.render_as_string(hide_password=False)
        plants = folder / "plants.toml"
        plants.write_text(f'[plants.north]\ndatabase_url = "{north_url}"\n', encoding="utf-8")
        factory.ingest(rows, NAME)
        rows["OrdensFabrico"].append([9_999, "amanhã", workbooks.NULL, 1, 1, workbooks.NULL])
        book = workbooks.write(folder / "exportação.xlsx", rows)
        given = {"api_keys": keys_text([record]), "require_api_key": True, "plants_file": plants}
        given |= {"rate_simulation": "1000/minute"}
        with worker(factory, folder / "uploads"), factory.api(upload_dir=folder / "uploads", **given) as client:
            base = str(client.base_url).rstrip("/")
            command: list[str | Path] = [
                node,
                HERE / "pages.mjs",
                MODULES,
                chromium,
                os.environ[PICTURES],
                base,
                key,
                book,
            ]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT_S)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_data_owner_comes_from_a_wrong_key_to_the_refused_rows(looked: dict[str, Any]) -> None:
    told = looked["told"]
    assert "This key is not valid here" in told["refusal"]
    assert told["after"] == "/data"
    assert told["status"].startswith("exportação.xlsx")
    assert "published" in told["status"]
    assert "content of another type" in told["words"]
    assert told["book"] > 5_000
    assert told["signedOut"] == "/sign-in"
    assert (told["console"], told["foreign"]) == ([], [])


def test_scenarios_are_kept_by_names_that_the_form_takes(looked: dict[str, Any]) -> None:
    told = looked["told"]
    assert sorted(len(name) for name, _ in told["kept"]) == [16, 53, 80]
    assert told["nameTaken"] is False


def test_closed_gates_are_shown_in_words(looked: dict[str, Any]) -> None:
    assert "closed" in looked["told"]["gates"]
    assert "Export FasesOrdemFabrico with every phase" in looked["told"]["gates"]


def test_axe_finds_nothing_on_any_page(looked: dict[str, Any]) -> None:
    assert len(looked["seen"]) > 40
    assert [(one["path"], one["width"], one["violations"]) for one in looked["seen"] if one["violations"]] == []


def test_pages_fit_ask_nobody_else_and_keep_the_console_quiet(looked: dict[str, Any]) -> None:
    found = [(one["path"], one["width"], one["overflow"], one["console"], one["foreign"]) for one in looked["seen"]]
    assert [one for one in found if one[2] > 0 or one[3] or one[4]] == []


def test_pages_speak_the_language_of_the_browser(looked: dict[str, Any]) -> None:
    assert {one["language"] for one in looked["seen"]} == {"pt", "en"}
