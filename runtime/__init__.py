"""Running Cairn: processes built from the parts, and what an operator asks of them."""
