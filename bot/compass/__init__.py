"""The compass: a mentee's own guiding principles, for their eyes alone."""
