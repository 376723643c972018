"""Acts of coordinators, written down when they are done."""
