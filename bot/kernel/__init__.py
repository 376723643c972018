"""Give every room its foundations: time, errors, ids, the database and the ports."""
