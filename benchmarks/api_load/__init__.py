"""Measurements behind benchmarks/api.py: latency and errors of the API, and the highest rate that meets its targets."""
