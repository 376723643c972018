"""The close of a programme for its members: looking back, thanks, and the network that follows."""
