"""Finds faults of this machine and its database without a gate run."""
