"""Reads the error codes of the product from its source; `page` writes docs/errors.md."""
