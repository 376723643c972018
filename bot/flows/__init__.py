"""What crosses rooms in one transaction, one file each."""
