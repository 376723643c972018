"""A programme's frameworks, instruments and templates as data, and an installation's settings."""
