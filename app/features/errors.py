"""Errors of the declarations of this package and of a gates document."""

from __future__ import annotations


class FeatureError(Exception):
    """An error of the feature gates; its subclasses say which. `code` is stable."""

    code = "FEATURE_ERROR"


class DeclarationError(FeatureError):
    """A declaration of this package, of gates or of open orders, contradicts itself or names what does not exist."""

    code = "GATES_DECLARATION_INVALID"


class UnmeasuredError(FeatureError):
    """A declared gate's relationship has no measured match rate."""

    code = "RELATIONSHIP_NOT_MEASURED"


class DocumentError(FeatureError):
    """A gates document is missing, unreadable, against its schema, or contradicts the declaration."""

    code = "GATES_DOCUMENT_INVALID"
