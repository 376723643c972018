"""Announcements: what coordinators write to many or to some, and who gets it."""
