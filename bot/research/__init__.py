"""Ask for consent to research, and make the file of figures that it is given."""
