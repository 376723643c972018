"""Profiles of mentees and mentors, and whom they would like to be with."""
