"""What a workbook holds, before anything is ingested: `profiling` counts, `document` and `dictionary` tell it."""
