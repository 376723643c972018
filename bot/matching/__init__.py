"""Match mentees with mentors. The engine proposes; people decide."""
