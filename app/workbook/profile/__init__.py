"""Profile of a workbook before anything is ingested: `profiling` counts; `profile_document` and `dictionary` write."""
