"""The chart of a life: what can happen to a person, declared once, in one place each."""
