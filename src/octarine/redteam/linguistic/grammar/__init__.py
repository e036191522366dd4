"""The same words in another order, another mood, another person."""
