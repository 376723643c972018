"""Competency stages: what people claim and confirm about themselves and each other."""
