"""A mentee's goals: two or three that are open, each with its next step."""
