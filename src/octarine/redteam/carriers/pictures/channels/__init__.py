"""Pictures whose text no eye reads off: codes, signals, hidden and written beside the pixels."""
