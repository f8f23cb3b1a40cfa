"""The camps of 1936 to 1938: who came there, who held out there, and what was done to them."""

from __future__ import annotations

import sim.chart.after_signing  # noqa: F401  (its codes come first)
from sim.chart.declare import count, group, number, rate, transition
from sim.chart.lists import entries

LABEL = ("holding", "declared", "striking", "active", "recruit", "striking_recruit")
"""Whoever counts in a camp as a Trotskyist, whatever they signed before."""
OTHERS = ("swept", "quiet", "signed", "readmitted", "struck")
"""Whoever does not, though they may strike by the example of those who do."""
VORKUTA = "vorkuta"

transition(
    "concentration",
    hazard="clock",
    stances=("holding", "declared", "active", "quiet", "signed"),
    places=("exile", "isolator"),
    to_place="camp",
    words="was sent to a camp",
    claims=("berger-camps", "transfer-decision-nkvd", "isolators-to-camps"),
    rate=lambda w, r: r.concentration * w.concentration,
    rates=(
        rate(
            "concentration",
            "transfer from a colony or an isolator to a camp, at full height",
            low=0.05,
            high=0.3,
            value=0.12,
            claims=("berger-camps",),
            assumed="within the year 1936 nearly all; the pace is assumed",
        ),
    ),
    group="camps",
)
transition(
    "brought",
    hazard="clock",
    stances=OTHERS,
    places=("elsewhere",),
    to_place="camp",
    words="was moved from one camp to another",
    claims=("vorkuta-mixed", "berger-camps"),
    rate=lambda w, r: r.brought * r.concentration * w.concentration,
    rates=(
        number(
            "brought",
            "transfer from other camps to the named ones, as a share of that from colonies",
            "share",
            0,
            1,
            low=0.1,
            high=0.6,
            value=0.3,
            claims=("vorkuta-mixed",),
            assumed="many at Vorkuta had signed or never opposed; set by hand to the camps' sizes",
        ),
    ),
    group="camps",
)
transition(
    "recruitment",
    hazard="contact",
    stances=OTHERS,
    places=("camp",),
    to_stance="recruit",
    words="joined those who held out in the camp",
    claims=("vorkuta-mixed", "camp-schools"),
    rate=lambda w, r: r.recruitment * w.schools,
    rates=(
        rate(
            "recruitment",
            "joining those who hold out in a camp, where all around do",
            low=0.002,
            high=0.05,
            value=0.03,
            claims=("vorkuta-mixed", "camp-schools"),
            assumed="some joined who had signed or never opposed; set by hand to the camps' sizes",
        ),
    ),
    group="camps",
)
transition(
    "strike",
    hazard="contact",
    stances=("holding", "declared"),
    places=("camp",),
    to_stance="striking",
    circle=VORKUTA,
    words="joined the hunger strike",
    claims=("hs-start", "hs-all-trotskyists"),
    rate=lambda w, r: r.strike * (w.strike > 0.0),
    exposure=lambda s, w, r: 1.0 * (s.circle_striking + w.strike >= s.threshold),
    rates=(
        rate(
            "strike",
            "joining the hunger strike once enough of one's camp have",
            low=0.5,
            high=4.0,
            value=1.5,
            claims=("hs-all-trotskyists",),
            assumed="within weeks; the call counts for as many as `levers.strike` says",
        ),
    ),
    group="camps",
)
transition(
    "strike_recruit",
    hazard="contact",
    stances=("active", "recruit"),
    places=("camp",),
    to_stance="striking_recruit",
    circle=VORKUTA,
    words="joined the hunger strike",
    claims=("hs-start", "hs-all-trotskyists"),
    rate=lambda w, r: r.strike * (w.strike > 0.0),
    exposure=lambda s, w, r: 1.0 * (s.circle_striking + w.strike >= s.threshold),
    group="camps",
)
transition(
    "strike_example",
    hazard="contact",
    stances=OTHERS,
    places=("camp",),
    to_stance="striking_other",
    circle=VORKUTA,
    words="joined the hunger strike",
    claims=("hs-others-joined", "hs-majority-joined"),
    rate=lambda w, r: r.strike_example * (w.strike > 0.0),
    exposure=lambda s, w, r: s.circle_striking,
    rates=(
        rate(
            "strike_example",
            "joining it by example, where all who hold out strike",
            low=0.0,
            high=0.2,
            value=0.18,
            claims=("hs-others-joined", "hs-majority-joined"),
            assumed="many others joined; set by hand so that about a thousand strike at the height",
        ),
    ),
    group="camps",
)
transition(
    "breaking",
    hazard="clock",
    stances=("striking_other",),
    places=("camp",),
    to_stance="struck",
    words="gave up the hunger strike",
    claims=("hs-broke-2",),
    rate=lambda w, r: r.breaking * (w.strike > 0.0),
    rates=(
        rate(
            "breaking",
            "giving up the hunger strike",
            low=0.00005,
            high=0.0005,
            value=0.0004,
            claims=("hs-broke-2",),
            assumed="two of some hundreds who were no Trotskyists, in nineteen weeks",
        ),
    ),
    group="camps",
)
transition(
    "killing",
    hazard="list",
    stances=LABEL,
    places=("camp",),
    to_stance="killed",
    circle=VORKUTA,
    words="was killed",
    claims=("exec-first-25", "exec-second-40", "exec-interval", "exec-batch-100"),
    entries=entries("killing"),
)
transition(
    "abroad",
    hazard="list",
    stances=("holding", "declared"),
    places=("exile",),
    to_stance="abroad",
    words="was released, and left the country",
    claims=("serge-released",),
    entries=entries("abroad"),
)
group(
    "camps",
    "Who was sent to the camps of 1936, joined there, and took part in the hunger strike.",
    (
        "levers.concentration",
        "levers.schools",
        "levers.strike",
        "rates.brought",
        "rates.recruitment",
        "rates.strike_example",
    ),
)

count(
    "under_label",
    "people in the named camps who count there as Trotskyists, whatever they once signed",
    stances=LABEL,
    places=("camp",),
    label="count as Trotskyists in camps",
)
count(
    "under_label_vorkuta",
    "of them, at Vorkuta",
    stances=LABEL,
    places=("camp",),
    circle=VORKUTA,
)
count(
    "under_label_ukhta",
    "of them, at Ukhta-Pechora",
    stances=LABEL,
    places=("camp",),
    circle="ukhta-pechora",
)
count(
    "on_strike",
    "people on hunger strike",
    stances=("striking", "striking_recruit", "striking_other"),
    label="on hunger strike",
)
count("gave_up_strike", "people who gave up the hunger strike so far", transition="breaking")
count("killed", "people killed, from the dated table", stances=("killed",), label="killed")
