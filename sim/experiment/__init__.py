"""Many worlds: where they run, what is kept, how they are compared."""

from sim.experiment.comparison import Comparison, compare
from sim.experiment.life import Life, explain, somebody, write_lives
from sim.experiment.runs import Runs, run

__all__ = ["Comparison", "Life", "Runs", "compare", "explain", "run", "somebody", "write_lives"]
