"""The one message a week that a mentor gets."""
