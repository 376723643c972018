"""A mentor's weekly message."""
