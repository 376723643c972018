"""What the sandbox's tests share."""
