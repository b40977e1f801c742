"""Measurements behind benchmarks/api.py: how fast the API answers, how surely, and until which rate."""
