"""What a programme is made of, as data, and the settings of an installation."""
