"""The MetaData on which all tables of the schema are declared."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()
