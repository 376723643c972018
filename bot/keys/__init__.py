"""Keep the keys of pulse rounds outside the database and its backups."""
