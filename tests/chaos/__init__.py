"""Faults in operation: processes killed, wires cut, disks filled, while somebody reads."""
