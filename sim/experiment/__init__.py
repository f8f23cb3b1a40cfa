"""Many worlds: where they run, what is kept, how they are compared."""
