"""Gather everything that is kept about a member, for them alone."""
