"""What a world is: the schema of a scenario, and how one is read."""
