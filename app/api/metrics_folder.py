"""The folder of the metrics that several workers share; a module of its own, so that the supervisor imports no web
framework."""

from __future__ import annotations

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable from which the library reads the folder when it is imported."""
