"""What is done to everybody, by date; scenario files give the heights."""

from __future__ import annotations

from sim.chart.declare import lever, pulse

lever("terror", "conditions of exile and prison, and the fear of them")
lever("vote_cost", "what an open vote, a signature or a speech for the Opposition costs", 0.0)
lever("expulsions", "expulsion of open Oppositionists from the Party", 0.0)
lever("ultimatum", "the Party's demand to choose between it and the Opposition", 0.0)
lever("arrests", "waves of arrest among those at liberty")
lever("transfers", "picking out of colonies for the isolators")
lever("offer", "release, the Party card and a post for a signature")
lever("readmissions", "how far applications for readmission are looked at", 1.0)
lever("left_turn", "how much of the Opposition's industrial programme the Party has taken up")
lever("democracy", "how much of party democracy is restored; none in history")
lever("letters", "Trotsky's letters, and what else came from him")
lever("threat", "an emergency of the country, in which old slogans seem untenable")
lever("press", "how fully the press prints who has signed", 1.0)
lever("agitation", "a cause to speak for: China, hardship in the towns, the work of activists")
lever("lying_low", "a call to those at liberty to keep silent until better times", 0.0)
lever("crisis", "famine, and the doubts that it raised among those who had signed", 0.0)
lever("watch", "arrests of people with a record", 0.0)
lever("sharpness", "how far those arrests pick whoever is active again; at 0, all alike", 1.0)
lever("release", "return to the Party without a statement, which never came", 0.0)
lever("concentration", "transfer from colonies and isolators to the camps", 0.0)
lever("schools", "how far those who hold out in a camp can win others there", 0.0)
lever("strike", "the call to the hunger strike, while it lasts", 0.0)

pulse("rally", event="declaration", half_life="rally_half_life")
pulse("signatures", event="signature", half_life="patron_half_life")
