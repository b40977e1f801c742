"""Facts about the subject that the acceptance fixtures found out, kept for the gate's result."""

from __future__ import annotations

from typing import Any

import pytest

SUBJECT = pytest.StashKey[dict[str, Any]]()
"""Workbook, database, migration head and ingestion run, as far as the session got."""
