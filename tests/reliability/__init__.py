"""Hostile trials: short in `make test`, long behind the marker `slow` (`make reliability`)."""
