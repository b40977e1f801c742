"""Errors of a measurement; each has a stable `code` and one sentence for its user."""

from __future__ import annotations


class PerformanceError(Exception):
    """An error of measuring the SLOs; its subclasses say which."""

    code = "PERFORMANCE_ERROR"


class DeclarationError(PerformanceError):
    """The SLO file cannot be read, violates OpenSLO, or contradicts itself."""

    code = "SLO_DECLARATION_INVALID"


class DocumentError(PerformanceError):
    """SLO_RESULTS.json is unreadable, violates its schema, or contradicts itself."""

    code = "SLO_RESULTS_INVALID"


class PreparationError(PerformanceError):
    """The measurement cannot begin: the service does not answer as it needs, or an SLO's endpoint has no check."""

    code = "NOT_MEASURABLE"


class CaptureError(PerformanceError):
    """The endpoint to explain did not answer 200, or executed no statement that can be explained."""

    code = "NOT_EXPLAINABLE"
