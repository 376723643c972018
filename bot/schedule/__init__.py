"""When something is due: wall-clock rules, kept in the database, claimed by any replica."""
