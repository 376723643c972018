"""Agreements: what a mentee and a mentor expect of each other, written apart and then together."""
