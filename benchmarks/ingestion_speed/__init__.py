"""Measurements behind benchmarks/ingestion.py: how fast, how large and how steady an ingestion is."""
