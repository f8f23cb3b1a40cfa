"""The words of the page: what is seen, what the model is not, and how it ended for these people."""

from __future__ import annotations

from html import escape

from sim.evidence.ledger import claims, in_full
from sim.evidence.loading import evidence_set
from sim.evidence.sets import in_words
from sim.view import killings
from sim.view.app.curve import marked
from sim.view.app.events import cited
from sim.view.app.numbers import ending
from sim.view.app.worlds import Frame, Shown

SEEN = """
<p>In 1926 and 1927 the Left Opposition argued openly within the Soviet Communist Party; at the end
of 1927 it was expelled. In 1928 about 8,000 of its people were in prison, in exile or in hiding.
In 1929 leaders signed statements, and then many others did; by the end of that year fewer than
1,000 still held out. In 1932 some of those who had signed went back to secret activity. From
December 1934 on people were arrested for their past, whatever they did now. In 1936 those who
were left were brought together in camps. Some of these went on hunger strike. In 1938 many were
shot.</p>
<p>This page runs a model of those years, week by week. It shows history from the end of 1927 to the
summer of 1930; under <em>Change</em> you choose other years, up to the whole, 1926-38. Beside it
may stand a world that was not: the same people, with the same random numbers, under other
circumstances.</p>
<p>Many people sympathise in silence at first, and some of them come to speak openly. Each person
carries a breaking point. Pressures add up from week to week, ties to others push or hold, and where
the sum reaches the breaking point a statement is signed. Some go quiet without signing. Whoever
signed or went quiet may become active again, and may be arrested again. The acts of named leaders
are data, as the sources date them: another world may leave one out, but nobody simulated decides
them, and nobody plays the police.</p>
<p><b>The curve</b> shows those holding out. Red marks are what the sources say, each with its
claims: full marks were used when the model was fitted, open ones were not; the bars are 90% of
the error assumed for their grade. Letters are dated acts.
<b>The map</b> shows where people's way had led them by that week: area is people, darkness the
share of them who hold out. <b>One person</b> shows what pushed and what held in a single life.</p>
"""

HISTORY = "historical"
NOT = f"""
<p>The persons are invented; only the leaders bear names. The figures come from five texts by
sympathisers of the Opposition. They are few, fewest for the years after 1929, round and contested,
and most of the model's numbers are not determined by them: another world may agree
with the sources as well. Read a difference between two worlds as what follows <em>if</em> the
pressures weigh what this world says they do.</p>
<p>{killings.SAID} They are the same in every world, and no world gains or loses by them.</p>
<p>Most colonies, who was sent where, the heights of the levers and the shares of the wings are
assumed; the page says so where it can. The model knows nothing of families, of the decisions of
the police, of what people told each other. It ranks nobody's courage: a signature was often given
by people worn out, and some who signed believed in what they signed.</p>
<p>The map's land is Natural Earth's, of our days: the Baltic states, Moldova and Kaliningrad are
left out, but western Ukraine and Belarus, Polish at the time, and Tuva could not be.</p>
"""

AFTER = (
    ("Most of those who had signed were sent to the camps.", "capitulators-to-camps"),
    (
        "Many of those who signed were killed in the purges of 1936 to 1938.",
        "capitulators-annihilated",
    ),
    ("Of those who held out, hundreds were in the camps of Vorkuta by 1936.", "vorkuta-500-1936"),
    ("From October 1936 on they and others there refused food for 132 days.", "hs-length-132"),
    ("The shootings began there in March 1938.", "exec-first-25"),
    ("Until the end of May a few people were called out every day or two.", "exec-interval"),
    ("One group led out to be shot numbered nearly a hundred.", "exec-batch-100"),
)
"""What became of them; each sentence with the claim it rests on."""


def seen(frame: Frame) -> str:
    """Return what the page shows, the marks on the curve, and what the model is not, as HTML."""
    scenario = frame.first.scenario
    marks = "".join(
        f"<li>{escape(target.what)}: <b>{escape(in_words(target))}</b> {cited(target.claims)}</li>"
        for target in marked(scenario)
    )
    worlds = "".join(_world(shown) for shown in frame.worlds)
    whose = escape(evidence_set(scenario.evidence).title)
    return (
        f"{SEEN}<h3>The worlds on the screen</h3>{worlds}{_years(frame)}"
        f"<h3>The marks on the curve ({whose})</h3><ol>{marks}</ol>"
        f"<h3>What the model is not</h3>{NOT}<h3>What became of them</h3>{fates()}"
    )


def _world(shown: Shown) -> str:
    scenario = shown.scenario
    reading = f" <em>{escape(scenario.reading)}.</em>" if scenario.reading else ""
    by_hand = ", ".join(f"{key} = {value}" for key, value in shown.changes.items())
    changes = f" Changed: {escape(scenario.changes)}" if scenario.name != HISTORY else ""
    changes += f" Changed by hand: {escape(by_hand)}." if by_hand else ""
    name, question = escape(shown.name), escape(scenario.question)
    return f"<p><b>{name}.</b> {question}{changes}{reading}</p>"


def _years(frame: Frame) -> str:
    """Say to which day two worlds run."""
    if frame.second is None:
        return ""
    end = frame.first.scenario.calendar.end
    return f"<p>Both run to {end.day} {end:%B %Y}, the last day of the longer one.</p>"


def says(claim: str) -> str:
    """Return what a claim says, in our words, and who says it."""
    return in_full(claims()[claim])


def fates() -> str:
    """Return what became of these people, as HTML."""
    said = " ".join(f"{words} {cited((claim,))}" for words, claim in AFTER)
    return f"<p>{said}</p>"


def closing(frame: Frame) -> str:
    """Return the words with which a run ends, as HTML."""
    late = frame.day > killings.SINCE
    head = "The run ends here" + ("" if late else "; their lives did not")
    return (
        f"<h2>{head}</h2><p>{ending(frame)}</p>{fates()}"
        "<p>In another world of this page they may have held out, or not; this happened.</p>"
    )
