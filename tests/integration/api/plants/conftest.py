"""Two plants with a database each, and one API in front of both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory, NewFactory

NOWHERE = "postgresql://u:p@127.0.0.1:1/x"
CALENDAR = 'working_days = ["MONDAY"]\nshifts = [{ start = "06:00", end = "07:00" }]\n'
Serve = Callable[..., AbstractContextManager[httpx.Client]]


@pytest.fixture(scope="module")
def plants(new_factory: NewFactory) -> Iterator[dict[str, Factory]]:
    with new_factory() as main, new_factory() as north:
        main.ingest(workbooks.factory(seed=7), "main.xlsx")
        for seed in (3, 4):
            north.ingest(workbooks.factory(seed=seed, orders=80), f"north{seed}.xlsx", plant="north")
        yield {"main": main, "north": north}


def entry(plant: str, url: str, *more: str) -> str:
    return "\n".join([f'[plants."{plant}"]', f'database_url = "{url}"', *more, ""])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the file of the plants."""
    return tmp_path_factory.mktemp("plants")


@pytest.fixture(scope="module")
def serve(plants: dict[str, Factory], folder: Path) -> Serve:
    """Serves main and north, and whatever `more` declares."""

    @contextmanager
    def served(more: str = "", **given: Any) -> Iterator[httpx.Client]:
        (folder / "calendar.toml").write_text(CALENDAR, encoding="utf-8")
        url = plants["north"].url.render_as_string(hide_password=False)
        path = folder / "plants.toml"
        path.write_text(entry("north", url, 'calendar_file = "calendar.toml"') + more, encoding="utf-8")
        with plants["main"].api(plants_file=path, upload_dir=folder / "uploads", **given) as client:
            yield client

    return served
