"""`ask`: the application of this process, asked without a server."""
