"""Plan how long a programme that has ended keeps what it knows, and say so beforehand."""
