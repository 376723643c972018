"""The foundations of every room: time, errors, ids, the database and the ports."""
