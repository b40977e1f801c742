"""Quality errors, counted in Python."""
