"""Profiles a workbook before ingestion: `profiling` counts; `profile_document` and `dictionary` write."""
