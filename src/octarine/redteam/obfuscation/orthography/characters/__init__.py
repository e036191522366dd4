"""Other characters for the same letters, marks on them, and characters that are not seen."""
