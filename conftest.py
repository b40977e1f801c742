"""Options of the acceptance suite, and what the release gate must know of this project."""

from __future__ import annotations

import os
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    _enter_environment(pluginmanager)
    from app.languages.sentences import said
    from app.languages.spoken_language import spoken

    language = spoken()
    workbook = said(language, "the workbook to prove (default: a generated sample)")
    group = parser.getgroup("prodplan")
    group.addoption("--workbook", type=Path, default=None, help=workbook)
    group.addoption(
        "--postgres",
        choices=["external", "testcontainers", "embedded", "system"],
        default=None,
        help=said(language, "force one way to a PostgreSQL; one that cannot start is an error"),
    )
    group.addoption(
        "--every-case",
        action="store_true",
        help=said(language, "take every case of the corpus four ways into a database (minutes)"),
    )


def _enter_environment(pluginmanager: pytest.PytestPluginManager) -> None:
    """Go on in `.venv` where this pytest is another's, or say how to make one, before the project is imported."""
    try:
        distribution("prodplan")
        return
    except PackageNotFoundError:
        sys.path.insert(0, str(ROOT / "scripts"))
        from setup_environment import PYTHON, ready
    if not ready():
        raise pytest.UsageError("The project's environment is missing or out of date: run `make prod-ready`.")
    capturing = pluginmanager.getplugin("capturemanager")
    if capturing is not None:
        capturing.stop_global_capturing()
    os.execv(PYTHON, [PYTHON, "-m", "pytest", *sys.argv[1:]])


def pytest_configure(config: pytest.Config) -> None:
    # Tests compare English sentences, on a Portuguese machine too.
    os.environ["PRODPLAN_LANG"] = os.environ["RELEASE_GATE_LANG"] = "en"
    from tests.acceptance.support.page.seen import SEEN, Seen
    from tests.acceptance.support.subject import SUBJECT

    config.stash[SUBJECT] = {}
    config.stash[SEEN] = Seen()
    if config.getoption("markexpr") == "prod_ready" and not config.pluginmanager.hasplugin("release_gate"):
        raise pytest.UsageError(
            "the release gate's plugin is switched off (-p no:release_gate): nothing would be judged. "
            "Run `python3 -m release_gate run`."
        )


@pytest.hookimpl(optionalhook=True)
def pytest_release_gate_preflight(config: pytest.Config) -> list[str]:
    from app.config import InvalidSettings, load_settings
    from tests.acceptance.support.preflight import faults

    try:
        settings = load_settings()
    except InvalidSettings as error:
        return [str(error)]
    given = (config.getoption("--workbook"), config.getoption("--postgres"))
    return list(faults(settings, *given, release=config.getoption("--gate-release")))


@pytest.hookimpl(optionalhook=True)
def pytest_release_gate_subject(config: pytest.Config) -> dict[str, Any]:
    from tests.acceptance.support.subject import SUBJECT

    return config.stash[SUBJECT]


@pytest.hookimpl(optionalhook=True)
def pytest_release_gate_page(config: pytest.Config, folder: Path) -> dict[str, Any]:
    from tests.acceptance.support.page.sections import project_part
    from tests.acceptance.support.page.seen import SEEN

    return project_part(folder, config.stash[SEEN])


@pytest.hookimpl(optionalhook=True)
def pytest_release_gate_portuguese(config: pytest.Config, texts: list[str]) -> dict[str, str]:
    from tests.acceptance.support.portuguese.catalogue import portuguese_of

    return portuguese_of(texts)


@pytest.hookimpl(optionalhook=True)
def pytest_release_gate_classify(exception: BaseException) -> str | None:
    from tests.acceptance.support.classification import category_of

    return category_of(exception)


@pytest.hookimpl(optionalhook=True)
def pytest_release_gate_remedy(exception: BaseException) -> list[str] | None:
    from tests.acceptance.support.classification import remedy_of

    return remedy_of(exception)


@pytest.hookimpl(optionalhook=True)
def pytest_release_gate_secrets(config: pytest.Config) -> list[str]:
    from app.config import load_settings
    from tests.acceptance.support.gate_key import gate_key

    return [*load_settings().secret_values(), gate_key()]
