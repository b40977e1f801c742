"""Workbooks into immutable snapshots: one run, one transaction, one pointer."""
