"""The open work of the factory dispatched by hand: scenarios, promises, calibration, load of the weeks."""
