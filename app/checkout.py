"""Folders of the checkout, or of the installed package, that hold files other than code."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
"""The folder `app` itself."""

ROOT = PACKAGE.parent
"""The folder that holds `app`: the checkout, or the environment's site-packages."""

MIGRATIONS = PACKAGE / "migrations" if (PACKAGE / "migrations").is_dir() else ROOT / "migrations"
"""Alembic's folder: a wheel carries it inside the package, a checkout beside it."""

SCHEMAS = PACKAGE / "schemas"
"""JSON Schemas of the documents that the commands write."""
