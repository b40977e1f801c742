"""The run's page in a real browser: phone to 4K, light and dark, both languages, axe, the console, foreign requests.

`make look` runs it and keeps the pictures; tests/plugin/test_page.py makes the same claims of the HTML itself.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.browser.__main__ import PICTURES
from tests.browser.installed import CHROMIUM, HERE, MODULES, NoBrowser, program, require_packages
from tests.plugin.page_states import HOSTILE, KEPT, KETTLE, STATES, WAIVER
from tests.plugin.paged import PageInput, folder_of, rendered

HEATED = {"A1": {**KETTLE, "message": "no water"}, "B1": KETTLE, "B2": {**KETTLE, "message": HOSTILE}}
PAGES = {
    "pass": STATES["PASS"],
    "fail_one": STATES["FAIL"],
    "fail_three": PageInput(failures=HEATED, kept=KEPT),
    "incomplete": STATES["INCOMPLETE"],
    "waived": PageInput(failures={"B1": KETTLE}, waivers=[WAIVER]),
}
LIMIT_S = 900


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    if PICTURES not in os.environ:
        pytest.skip("the browser takes a minute: `make look` runs this")
    try:
        node, chromium = program("node"), program(*CHROMIUM)
        require_packages()
    except NoBrowser as error:
        pytest.fail(str(error))
    folder = tmp_path_factory.mktemp("pages")
    paths = []
    for name, given in PAGES.items():
        paths.append(folder / f"{name}.html")
        paths[-1].write_bytes(rendered(folder_of(folder / name, given)))
    command: list[str | Path] = [node, HERE / "look.mjs", MODULES, chromium, os.environ[PICTURES], *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT_S)
    assert done.returncode == 0, done.stderr
    looked: list[dict[str, Any]] = json.loads(done.stdout)
    assert {one["page"] for one in looked} == {Path(path).name for path in paths}
    return looked


def test_axe_finds_nothing(seen: list[dict[str, Any]]) -> None:
    assert any("violations" in one for one in seen)
    assert not [one for one in seen if one.get("violations")]


def test_nothing_is_asked_for_and_the_console_is_quiet(seen: list[dict[str, Any]]) -> None:
    assert not [one for one in seen if one["requests"] or one["console"]]


def test_page_fits_every_width(seen: list[dict[str, Any]]) -> None:
    assert not [(one["page"], one["width"], one["overflow"]) for one in seen if one["overflow"] > 0]


def test_language_is_switched_without_a_script(seen: list[dict[str, Any]]) -> None:
    assert all("released" in one["shown_en"] and "lançado" in one["shown_pt"] for one in seen)
    assert not any("released" in one["shown_pt"] for one in seen)
