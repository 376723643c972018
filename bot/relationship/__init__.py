"""How mentees and mentors see their relationship: each for themselves, at the waves T0 to T3."""
