"""Sources compared: what remains of the figures, and what the readings say together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sim.evidence.sets import evidence_set, names
from sim.inference.sources import NO_FIGURES, Readings, Under, verdict
from sim.inference.witnesses import called, readings_of
from sim.scenario.loading import load

PRIOR = pd.Series({"low": -10.0, "median": 3.0, "high": 20.0, "says": "open"})


def rows(*given: tuple[str, str, float, float, float]) -> pd.DataFrame:
    table = pd.DataFrame(given, columns=["evidence", "without", "low", "median", "high"])
    signs = np.select([table["low"] > 0, table["high"] < 0], ["above zero", "below zero"], "open")
    return table.assign(says=signs)


@pytest.mark.parametrize(
    ("counted", "words"),
    [
        (rows(("a", "", 1, 2, 3), ("a", "greene", 1, 2, 4)), "above zero, as they all say; much"),
        (rows(("a", "", 1, 2, 3), ("b", "", 5, 6, 7)), "of another size under a, under b"),
        (
            rows(("a", "", 1, 2, 3), ("a", "greene", -1, 2, 3)),
            "above zero, but open without Doug Enaa Greene (a)",
        ),
        (
            rows(("a", "", 1, 2, 3), ("a", "greene", -9, -8, -7)),
            "sign changes with the reading; of another size without Doug Enaa Greene (a)",
        ),
        (rows(("a", "", -9, 2, 18)), "sign is open; much the same size under all, and hardly"),
        (rows(), "too few draws to say"),
    ],
)
def test_a_verdict_names_sign_size_and_who_decides(counted, words):
    assert words in verdict(counted, PRIOR)


def test_a_sign_that_the_rule_fixes_is_nobodys_finding():
    prior = PRIOR.replace({"open": "above zero"})
    said = verdict(rows(("a", "", 1, 2, 3)), prior)
    assert "as the rule has it" in said
    assert "as they all say" not in said


@pytest.mark.parametrize("name", names())
def test_every_historian_takes_something_and_nobody_everything(name):
    believed = evidence_set(name)
    for who, kept in readings_of(believed).items():
        assert called(who)
        assert set(kept) <= set(believed.fitted)
        assert (kept == believed.fitted) == (who == "")


def test_readings_short_of_draws_are_shown_and_not_counted():
    said = pd.DataFrame({"no-carrot": [1.0, 2.0, 3.0, 4.0]})
    even = np.full(4, 0.25)
    weights, ess = {"": even, "greene": even}, {"": 30.0, "greene": 5.0}
    under = Under("a", said, weights, ess, {"": [], "greene": ["x"]})
    prior = Under(NO_FIGURES, said - 3, {"": even}, {"": 4.0}, {"": []})
    found = Readings(load("historical"), [under, prior])
    (row,) = found.verdicts.to_dict("records")
    assert (row["readings"], row["not_counted"]) == (1, 1)
    assert (row["low"], row["high"]) == (1.0, 4.0)
    assert (row["prior_low"], row["prior_high"]) == (-2.0, 1.0)
    assert found.table["left_out"].tolist() == ["", "x", ""]
