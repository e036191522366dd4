"""What the two ways to talk to a model share: a request in, an answer out, whole or streamed."""
