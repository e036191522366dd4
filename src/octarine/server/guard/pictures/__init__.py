"""Pictures that a model makes, marked on their way out as the policy says."""
