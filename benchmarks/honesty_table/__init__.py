"""The comparison behind benchmarks/honesty.py: what each witness says of the stimuli, and who is right."""
