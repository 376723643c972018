"""Keep members: their roles, permissions, absences and ends."""
