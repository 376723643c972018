"""Mentoring groups after their approval: approval, upkeep, waitlist, rematch, channels."""
