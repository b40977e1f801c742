"""Every error code of the product, read from its source; `page` writes docs/errors.md."""
