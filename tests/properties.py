"""Property tests: no time limit for an example, and how many there are.

`PROPERTY_EXAMPLES=1000 make test` tries more. Every run of `make test` tries others, because none has a seed.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "40"))
"""Examples of a test that does not say how many it needs."""


def load_profile() -> None:
    """On a busy machine an example of a few milliseconds takes hundreds: a limit would say something of that only."""
    settings.register_profile(
        "untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=EXAMPLES
    )
    settings.load_profile("untimed")
