"""What a campaign counted, and the rates that follow."""
