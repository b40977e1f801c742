"""The schema as metadata: what head must be. Tables are made by migrations only; the gate compares the two."""

from app.database.schema import audit, core, publication, staging
from app.database.schema.base import metadata

__all__ = ["audit", "core", "metadata", "publication", "staging"]
