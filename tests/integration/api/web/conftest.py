"""Browsers at the busy factory: one with a session, one without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import Factory
from tests.integration.api.web.browser import BOTH, KEYS, Api, browser


@pytest.fixture(scope="module")
def signed_in(busy: Factory) -> Iterator[httpx.Client]:
    with browser(busy, BOTH, **KEYS) as client:
        yield client


@pytest.fixture(scope="module")
def guarded(busy: Factory) -> Iterator[httpx.Client]:
    """A browser at pages that all need a session."""
    with browser(busy, **KEYS) as client:
        yield client


@pytest.fixture
def stranger(guarded: httpx.Client) -> httpx.Client:
    """A browser without a session or any other cookie."""
    guarded.cookies.clear()
    return guarded


@pytest.fixture(scope="module")
def pages(busy: Factory) -> Iterator[httpx.Client]:
    """A browser at pages that need no key to read."""
    with browser(busy, require_api_key=False) as client:
        yield client


@pytest.fixture(scope="module")
def api(client: httpx.Client) -> Api:
    """The JSON answer at an address below /api/."""

    def asked(path: str, **params: Any) -> dict[str, Any]:
        answer: dict[str, Any] = client.get(f"/api/{path}", params=params).json()
        return answer

    return asked
