"""A mechanism and a lever of one's own: hunger in the colonies."""

from sim.chart.declare import coefficient, lever, mechanism
from sim.chart.states import EXILE

lever("rations", "how far rations are cut in the colonies", value=0.0)


@mechanism(
    coefficient(
        "hunger",
        "rations wholly cut, in a colony",
        low=0.0,
        high=3.0,
        prior="uniform",
        value=1.5,
        assumed="an example: no text measures it",
    ),
    claims=("selective-terror",),
)
def hunger(s, w, c):
    """Hunger in the colonies pushes towards signing."""
    return c.hunger * w.rations * (s.place == EXILE)
