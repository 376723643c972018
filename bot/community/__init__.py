"""A group's charter, written by its members, and the offer to become a peer-mentor."""
