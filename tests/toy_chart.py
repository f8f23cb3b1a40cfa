"""A toy transition, mechanism and lever, each declared here and nowhere else."""

from sim.chart.declare import coefficient, lever, mechanism, rate, stance, transition
from sim.chart.kinds import Count
from sim.chart.states import EXILE

stance("escaped", "has escaped", "had escaped")
lever("rations", "how far rations are cut in the colonies", value=0.0)


@mechanism(
    coefficient(
        "hunger", "rations wholly cut, in a colony", low=0, high=3, value=1.5, assumed="toy"
    ),
    claims=("selective-terror",),
)
def hunger(s, w, c):
    """Hunger in the colonies pushes towards signing."""
    return c.hunger * w.rations * (s.place == EXILE)


transition(
    "escape",
    hazard="clock",
    stances=("holding",),
    places=("exile",),
    to_stance="escaped",
    words="escaped",
    rate=lambda w, r: r["escape"] * (1.0 - w.rations),
    rates=(rate("escape", "escape from a colony", low=0, high=0.1, value=0.02, assumed="toy"),),
    count=Count("escapes", "escapes so far", transition="escape", label="escaped"),
)
