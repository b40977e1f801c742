"""What is wrong with this machine and its database, as far as it can be seen without a run of the gate."""
