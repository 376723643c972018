"""Answer whoever writes to Cairn, and keep nothing of what they wrote."""
