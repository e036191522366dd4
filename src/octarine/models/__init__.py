"""What is under test: the adapters behind ``Model`` and the names that open them."""
