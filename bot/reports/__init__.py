"""Reports about a programme, made when they are asked for: for accreditation, and of a year."""
