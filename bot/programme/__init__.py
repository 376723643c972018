"""Programmes: their calendar, their mentoring groups and who sits in them."""
