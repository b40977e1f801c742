"""The web page: the planning figures and the ingestion for people without a command line (docs/office/web.md)."""
