"""Members: who they are, what they may do, when they are away, and how they leave."""
