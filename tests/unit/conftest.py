"""Property tests without a time limit for an example: on a busy machine one of a few milliseconds takes hundreds."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
