"""Checks of pytest-alembic: one head, up from nothing, models as head has them, every revision down and up.

Our own tests go further where it stops: catalogues compared (test_migrations), data kept (test_migrations), drift in
what alembic does not compare (test_drift), locks and turns (test_migrations).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from pytest_alembic.config import Config
from pytest_alembic.tests import (
    test_model_definitions_match_ddl,
    test_single_head_revision,
    test_up_down_consistency,
    test_upgrade,
)

from app.database.revisions.migrate import alembic_config as configured
from app.database.schema import metadata, queue

__all__ = [
    "test_model_definitions_match_ddl",
    "test_single_head_revision",
    "test_up_down_consistency",
    "test_upgrade",
]


@pytest.fixture
def alembic_config() -> Config:
    config = configured()
    config.attributes["include_object"] = in_metadata
    return Config({"target_metadata": metadata}, config)


def in_metadata(item: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """False for the queue's tables, which its package declares: test_drift compares them with that declaration."""
    return getattr(getattr(item, "table", item), "schema", None) != queue.SCHEMA


@pytest.fixture
def alembic_engine(scratch_engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection for env.py, given as app.database.revisions.migrate gives it."""
    with scratch_engine.connect() as connection:
        yield connection
