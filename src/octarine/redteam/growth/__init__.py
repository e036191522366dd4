"""How the catalogue grows: proposals, what admits them, and how near two techniques are."""
