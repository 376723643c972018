"""Concerns and blocks: a member reaches a named person, and is kept apart from another."""
