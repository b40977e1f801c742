"""Finds faults of this machine and its database that can be seen without a gate run."""
