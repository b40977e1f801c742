"""Ingests workbooks as immutable snapshots: a run writes its data in one transaction, and one row makes it live."""
