"""Pure decisions: what a pair is worth, who gets which seat, how groups and rounds are composed."""
