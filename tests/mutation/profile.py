"""A pytest plugin: Hypothesis gives the same examples in each run, and a failing one is not made smaller.

Making it smaller takes longer than all else and is of no use here. Nor is one kept for the next mutant.
"""

from __future__ import annotations

from hypothesis import Phase, settings

settings.register_profile(
    "mutation", phases=(Phase.explicit, Phase.generate), derandomize=True, database=None, deadline=None
)
settings.load_profile("mutation")
