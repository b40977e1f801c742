"""The Portuguese of sentences that are made in English."""
