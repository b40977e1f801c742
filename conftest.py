"""Options of the acceptance suite, and what the release gate must know of this project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.support.subject import SUBJECT


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("prodplan")
    group.addoption("--workbook", type=Path, default=None, help="the workbook to prove (default: a generated sample)")
    group.addoption(
        "--postgres",
        choices=["external", "testcontainers", "embedded", "system"],
        default=None,
        help="force one way to a PostgreSQL; one that cannot start is an error",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SUBJECT] = {}
    if config.getoption("markexpr") == "prod_ready" and not config.pluginmanager.hasplugin("release_gate"):
        raise pytest.UsageError(
            "the release gate's plugin is switched off (-p no:release_gate): nothing would be judged. "
            "Run `python3 -m release_gate run`."
        )


@pytest.hookimpl(optionalhook=True)
def pytest_release_gate_subject(config: pytest.Config) -> dict[str, Any]:
    return config.stash[SUBJECT]


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
