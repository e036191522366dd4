"""How the model tier is made: rows, mixing, training, measuring, export. Needs the extra ``guard-train``."""
