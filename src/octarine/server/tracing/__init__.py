"""Where requests spend their time, for whoever traces; nobody does unless the operator says so."""
