"""Flows that cross rooms in one transaction, one file each."""
