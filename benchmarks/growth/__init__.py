"""Growth with kept snapshots, with plants and with rows."""
