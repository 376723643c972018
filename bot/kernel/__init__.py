"""What every room stands on: time, errors, ids, the database and the ports."""
