"""Capitals, blanks, slips and games: the same alphabet, written otherwise."""
