"""The pages that dispatch the open work: load, phases, what-if, kept scenarios."""
