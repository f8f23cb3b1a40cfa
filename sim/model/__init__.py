"""How one world unfolds: people, ties, calendar, rule, weekly loop, the Mesa model."""
