"""Keys of pulse rounds, kept outside the database and its backups."""
