"""The common form of typed results: immutable, strict about their fields, numbers in the units that names state."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """Base of every result of this room."""

    model_config = ConfigDict(frozen=True, extra="forbid")
