"""What schemathesis must be told of this API: how a factory-local moment looks. Loaded by its child process."""

from __future__ import annotations

import schemathesis
from hypothesis import strategies as st

schemathesis.openapi.format("date-time-local", st.datetimes().map(lambda moment: moment.isoformat()))
