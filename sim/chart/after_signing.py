"""After a signature or silence: return to secret activity, and arrest for the past."""

from __future__ import annotations

import sim.chart.opinions  # noqa: F401  (its codes come first)
from sim.chart.declare import count, group, number, rate, transition
from sim.chart.signing import HOLDERS

OUTSIDE = ("party", "underground", "exile")

transition(
    "relapse",
    hazard="clock",
    stances=("quiet", "signed", "readmitted"),
    places=OUTSIDE,
    to_stance="active",
    words="went back to secret activity",
    claims=("smirnov-relapse", "bloc-1932", "mood-1932"),
    rate=lambda w, r: r.relapse * w.crisis,
    exposure=lambda s, w, r: s.belief * s.known / 4.0,
    rates=(
        rate(
            "relapse",
            "return to secret activity, crisis at its height, belief wholly kept, four known",
            low=0.0002,
            high=0.005,
            value=0.001,
            claims=("smirnov-relapse", "bloc-1932"),
            assumed="groups of 1932 are named, and nobody counted their people",
        ),
    ),
    group="return and arrest for the past",
)
transition(
    "rearrest",
    hazard="clock",
    stances=("active",),
    places=OUTSIDE,
    to_place="isolator",
    words="was arrested again",
    claims=("smirnov-relapse", "riutin-knowledge-expelled"),
    rate=lambda w, r: r.rearrest * w.watch,
    rates=(
        rate(
            "rearrest",
            "arrest of somebody active again, watch at full height",
            low=0.02,
            high=0.3,
            value=0.1,
            claims=("smirnov-relapse",),
            assumed="soon, the text says of one group; an informer had been near each",
        ),
    ),
    group="return and arrest for the past",
)
transition(
    "sweep",
    hazard="clock",
    stances=("quiet", "signed", "readmitted"),
    places=OUTSIDE,
    to_place="elsewhere",
    words="was arrested because of the past, and sent to a camp",
    claims=("capitulators-to-camps", "riutin-knowledge-expelled", "kirov-arrests-indiscriminate"),
    rate=lambda w, r: r.rearrest * w.watch * (1.0 - w.sharpness),
    group="return and arrest for the past",
)
transition(
    "second_statement",
    hazard="clock",
    stances=("active",),
    places=("exile", "isolator"),
    to_stance="signed",
    words="signed a second statement",
    claims=("cap-zinoviev-2",),
    rate=lambda w, r: r.second_statement * w.offer,
    rates=(
        rate(
            "second_statement",
            "a second statement by somebody arrested again, offer full",
            low=0.0,
            high=0.02,
            value=0.004,
            claims=("cap-zinoviev-2",),
            assumed="two leaders are named; how many others followed is unknown",
        ),
    ),
    group="return and arrest for the past",
)
transition(
    "release",
    hazard="clock",
    stances=HOLDERS,
    places=("exile", "isolator"),
    to_place="party",
    words="was released, and came back to the Party without a statement",
    claims=("trotsky-letter-mar33", "trotsky-letter2"),
    rate=lambda w, r: w.release,
    group="return and arrest for the past",
)
transition(
    "sweep_outsiders",
    hazard="clock",
    stances=("sympathiser",),
    to_stance="swept",
    to_place="elsewhere",
    words="was arrested without ever having joined, and sent to a camp",
    claims=("kirov-arrests-indiscriminate", "suspected-hundred-thousands"),
    rate=lambda w, r: r.outsiders * r.rearrest * w.watch * (1.0 - w.sharpness),
    rates=(
        number(
            "outsiders",
            "hazard of a sympathiser without a record, as a share of that of somebody with one",
            "share",
            0,
            1,
            low=0.02,
            high=0.5,
            value=0.15,
            claims=("kirov-arrests-indiscriminate",),
            assumed="many outsiders were taken, out of far more who were outsiders",
        ),
    ),
    group="return and arrest for the past",
)
group(
    "return and arrest for the past",
    "Secret activity of 1932, and the arrests of anyone with a record from December 1934 on.",
    ("levers.crisis", "levers.watch", "levers.sharpness", "rates.relapse", "rates.rearrest"),
)

count(
    "active",
    "people who had signed or gone quiet and are secretly active again",
    stances=("active",),
    places=OUTSIDE,
    label="secretly active again",
)
count("relapsed", "returns to secret activity so far", transition="relapse")
count("arrested_again", "arrests so far of people who were active again", transition="rearrest")
count("swept", "people sent to a camp so far because of their past", transition="sweep")
count("second_statements", "second statements so far", transition="second_statement")
