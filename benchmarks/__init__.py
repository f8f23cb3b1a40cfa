"""How fast Midnight is, measured side by side with what it could be compared with."""
