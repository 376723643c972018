"""Changes of a programme on the way: seen first, then done, then undone."""
