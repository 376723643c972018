"""The training of mentors, as coordinators note it."""
