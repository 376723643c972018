"""Answer whoever writes to Cairn, keep nothing of what they wrote, and call a person on request."""
