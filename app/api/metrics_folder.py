"""The folder of the metrics that several workers share; apart, so that their supervisor needs no web framework."""

from __future__ import annotations

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable that names it to the library; the library reads it when it is imported."""
