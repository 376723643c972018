"""What can be changed about a programme under way: seen first, then done, then undone."""
