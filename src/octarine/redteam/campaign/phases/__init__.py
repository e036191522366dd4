"""What a campaign does, one phase after another."""
