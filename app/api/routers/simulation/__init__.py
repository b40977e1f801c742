"""The routes that dispatch the open work: scenarios, kept scenarios, promise dates, load of the weeks."""
