"""The commands that end: backup, doctor, match, keys, queue."""
