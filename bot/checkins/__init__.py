"""Check-ins: what a mentee writes about a week, and who may read it."""
