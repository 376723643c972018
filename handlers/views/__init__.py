"""Domain objects in, Block Kit out. Pure functions: no I/O, no clock, no database."""
