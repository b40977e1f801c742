"""The one MetaData that all of the schema's tables are declared on."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()
