"""The backend as its wheel alone: no checkout, an empty environment, an empty home.

It installs packages, so it is no part of `make test`: `make backend-wheel` (tox: backend-wheel) runs it. Without uv or
a package index it is skipped.
"""

from __future__ import annotations

import json
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plugin.distribution import REPOSITORY, NoInstallerError, built, installed_alone

ADDRESS = re.compile(r"http://[\w.]+:\d+")


class Installed:
    """The command `prodplan` of the environment, typed in a folder that holds nothing of the checkout."""

    def __init__(self, folder: Path) -> None:
        self.program = str(installed_alone(built(folder, REPOSITORY), folder / "venv") / "bin" / "prodplan")
        self.folder = folder / "work"
        self.folder.mkdir()
        self.variables = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder),
            "LOCAL_DIR": str(folder / "local"),
            "API_KEYS_FILE": str(folder / "keys.json"),
        }

    def typed(self, *arguments: str) -> str:
        """The command's standard output; it must end with 0."""
        done = subprocess.run(
            [self.program, *arguments],
            cwd=self.folder,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    folder = tmp_path_factory.mktemp("backend")
    try:
        installed = Installed(folder)
    except NoInstallerError as error:
        pytest.skip(f"the wheel cannot be installed here: {error}")
    installed.typed("bootstrap")
    installed.typed("sample-workbook", "sample.xlsx", "--scale", "0.01")
    installed.typed("ingest", "sample.xlsx")
    yield installed
    installed.typed("down")


def test_wheel_alone_makes_a_database_ingests_and_serves(installed: Installed) -> None:
    published = json.loads(installed.typed("ingest", "sample.xlsx", "--force", "--json"))
    assert published["status"] == "PUBLISHED"
    key = json.loads(installed.typed("api-key", "reader", "--scope", "read", "--json"))["key"]
    with subprocess.Popen(
        [installed.program, "serve", "--port", "0"],
        cwd=installed.folder,
        env=installed.variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as served:
        try:
            assert served.stdout is not None
            address = next(found[0] for line in served.stdout if (found := ADDRESS.search(line)))
            request = urllib.request.Request(f"{address}/api/kpis/overview", headers={"X-API-Key": key})
            with urllib.request.urlopen(request, timeout=60) as answer:
                assert json.load(answer)["run_id"] == published["run_id"]
        finally:
            served.terminate()
    assert served.returncode == 0


def test_wheel_alone_writes_the_documents_by_its_own_schemas(installed: Installed) -> None:
    installed.typed("inspect", "sample.xlsx")
    installed.typed("feature-gates")
    written = {path.name for path in installed.folder.rglob("*.json")}
    assert {"PROFILE_REPORT.json", "FEATURE_GATES.json"} <= written
