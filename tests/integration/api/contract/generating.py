"""Strategies for schemathesis: the form of a factory-local moment. Loaded by its child process."""

from __future__ import annotations

import schemathesis
from hypothesis import strategies as st

schemathesis.openapi.format("date-time-local", st.datetimes().map(lambda moment: moment.isoformat()))
