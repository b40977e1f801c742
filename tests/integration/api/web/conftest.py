"""Browsers at the busy factory: one with a session, one without."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.integration.api.conftest import Factory
from tests.integration.api.web.browser import BOTH, KEYS, browser


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
