"""Attribution: the formulas on games known by hand, the switches, the worlds, the command."""

from __future__ import annotations

import json
import re
from datetime import date
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from property import few
from typer.testing import CliRunner
from worlds import assert_same, count, live, lively

from sim.cli import app
from sim.errors import InputError
from sim.evidence.loading import evidence_set
from sim.experiment.calibration import ABOUT, FILE, sealed
from sim.experiment.draws import Draw, open_draws
from sim.experiment.execution import Execution
from sim.inference.attribution import attribute, posteriors
from sim.inference.coalitions import ALL, KEPT, MEMBERS, coalition_values, holding_now
from sim.inference.shapley import interaction_indices, members, players, shapley_values
from sim.inference.storage import SAYS
from sim.inference.switches import SWITCHES, claims_of, switched_off
from sim.model.timeline import week_of
from sim.model.version import model_version
from sim.scenario.loading import load

TINY = ["--set", "population.size=120"]
NAMES = [switch.name for switch in SWITCHES]
people = st.floats(-1e4, 1e4)


def games(n: int) -> st.SearchStrategy[np.ndarray]:
    return arrays(float, 1 << n, elements=people)


def joined(values: np.ndarray, order: list[int]) -> np.ndarray:
    """Return the game in which player i is called order[i]."""
    n = players(values)
    renamed = (members(n) << np.array(order)).sum(axis=1)
    found = np.empty_like(values)
    found[renamed] = values
    return found


# A left glove (player 0) and two right ones: a pair is worth 1.
GLOVES = np.array([0, 0, 0, 1, 0, 1, 0, 1], float)


def test_gloves_by_hand():
    np.testing.assert_allclose(shapley_values(GLOVES), [2 / 3, 1 / 6, 1 / 6], rtol=1e-14)
    half = [[0, 0.5, 0.5], [0.5, 0, -0.5], [0.5, -0.5, 0]]
    np.testing.assert_allclose(interaction_indices(GLOVES), half, rtol=1e-14)


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_equal_players_share_equally(n):
    size = members(n).sum(axis=1)
    np.testing.assert_allclose(shapley_values(size**2.0), n)
    # of all and nothing, a pair gets 1 / (n - 1); what adds up does not interact
    unanimity = (size == n).astype(float)
    np.testing.assert_allclose(shapley_values(unanimity), 1 / n)
    pairs = interaction_indices(unanimity)
    np.testing.assert_allclose(pairs[~np.eye(n, dtype=bool)], 1 / max(n - 1, 1))
    assert not interaction_indices(size.astype(float)).any()


@few
@given(games(4))
def test_a_share_is_the_mean_over_all_orders_of_joining(values):
    total = np.zeros(4)
    orders = list(permutations(range(4)))
    for order in orders:
        coalition = 0
        for i in order:
            total[i] += values[coalition | 1 << i] - values[coalition]
            coalition |= 1 << i
    np.testing.assert_allclose(shapley_values(values), total / len(orders), atol=1e-9)


@few
@given(games(5), games(5), st.floats(-3, 3), st.permutations(range(5)))
def test_efficiency_symmetry_and_linearity(one, other, factor, order):
    shares, pairs = shapley_values(one), interaction_indices(one)
    assert shares.sum() == pytest.approx(one[-1] - one[0], abs=1e-8)
    np.testing.assert_allclose(shapley_values(joined(one, order))[order], shares, atol=1e-9)
    renamed = interaction_indices(joined(one, order))[np.ix_(order, order)]
    np.testing.assert_allclose(renamed, pairs, atol=1e-9)
    both = np.stack([one, other, factor * one + other])
    for formula in (shapley_values, interaction_indices):
        first, second, mixed = formula(both)
        np.testing.assert_allclose(mixed, factor * first + second, atol=1e-7)


@few
@given(games(4), st.integers(0, 4))
def test_who_changes_nothing_gets_exactly_nothing(values, idle):
    coalitions = np.arange(1 << 5)
    low = coalitions & (1 << idle) - 1
    padded = values[low | coalitions >> idle + 1 << idle]
    assert shapley_values(padded)[idle] == 0.0
    assert not interaction_indices(padded)[idle].any()


@few
@given(games(4), st.sampled_from([(i, j) for j in range(4) for i in range(j)]))
def test_an_interaction_is_what_a_pair_gets_beyond_each_without_the_other(values, pair):
    """The recursion by which Grabisch and Roubens define the index."""
    i, j = pair
    rest = [k for k in range(4) if k not in pair]
    small = members(3)

    def merged(first: int, second: int) -> float:
        """Return the share of the last player, which stands for coalition first | second."""
        others = sum(small[:, k] * (1 << rest[k]) for k in range(2))
        return shapley_values(values[others | small[:, 2] * (first | second)])[2]

    expected = merged(1 << i, 1 << j) - merged(1 << i, 0) - merged(1 << j, 0)
    assert interaction_indices(values)[i, j] == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("length", [0, 3, 255])
def test_no_game(length):
    with pytest.raises(ValueError, match=r"2\*\*n"):
        shapley_values(np.zeros(length))


def leaves(tree, path=()):
    if isinstance(tree, dict):
        return {k: v for key, each in tree.items() for k, v in leaves(each, (*path, key)).items()}
    return {".".join(path): tree}


@pytest.mark.parametrize("switch", SWITCHES, ids=NAMES)
def test_a_switch_changes_only_what_it_says(busy, switch):
    before = leaves(busy.model_dump(mode="json"))
    after = leaves(switched_off(busy, [switch]).model_dump(mode="json"))
    expected = {f"{key}.value": value for key, value in switch.values.items()}
    for name, height in switch.levers.items():
        for knot in getattr(busy.levers, name).knots:
            expected[f"levers.{name}.knots.{knot}.value"] = height
    changed = {key for key in before if before[key] != after[key]}
    assert before.keys() == after.keys()
    assert changed
    assert changed <= expected.keys()
    assert {key: after[key] for key in expected} == expected
    for name in switch.values:
        assert name in switch.off or name.partition(".")[2] in switch.off
    for name in switch.levers:
        assert name in switch.off
    assert claims_of(switch)


def test_a_lever_that_was_scaled_down_is_held_at_its_height(busy):
    scaled = load(busy, {"levers.letters.scale": 0.5})
    off = switched_off(scaled, [SWITCHES[NAMES.index("silence")]])
    assert off.levers.letters.scale == 1.0


OF_TERROR = ("rates.quiet_terror", "rates.transfer", "rates.disillusion", "rates.punishment")
"""What else reads the levers that the switch of terror holds at 0."""


def test_terror_off_by_its_levers_is_terror_off_by_its_numbers(busy):
    off = switched_off(busy, [SWITCHES[0]])
    numbers = {"coefficients.hardship": 0, **dict.fromkeys(OF_TERROR, 0)}
    assert_same(live(off), live(load(busy, numbers)))


def test_those_who_hold_out_are_those_who_are_counted(busy):
    counted = [holding_now(live(busy, seed=3, weeks=week)).sum() for week in range(0, 107, 10)]
    assert counted == count(live(busy, seed=3), "holding")[0:107:10].tolist()


def off_in(coalition: int) -> list:
    return [switch for switch, on in zip(SWITCHES, MEMBERS[coalition], strict=True) if not on]


def test_coalitions_are_the_worlds_lived_one_by_one(busy):
    """Worlds that are run as one until a mechanism begins are the same to the bit."""
    found = coalition_values(Draw(busy, 5, {}))
    end = week_of(busy.calendar, date(1929, 12, 31))
    whole = live(busy, seed=5, weeks=end)
    holding = count(whole, "holding")
    weeks = range(15, 55)  # the Mondays from April to December 1928
    height = max(weeks, key=lambda week: holding[week])
    held = holding_now(live(busy, seed=5, weeks=height))
    assert found[ALL].tolist() == [
        (held & ~holding_now(whole)).sum(),
        holding[end],
        holding[height],
    ]
    for coalition in range(ALL):
        world = live(switched_off(busy, off_in(coalition)), seed=5, weeks=end)
        own = count(world, "holding")
        left = (held & ~holding_now(world)).sum()
        assert found[coalition].tolist() == [left, own[end], own[15:55].max()], coalition
    assert len(np.unique(found[:, 0])) > 50


ZERO = {
    "terror": {"coefficients.hardship": 0, **dict.fromkeys(OF_TERROR, 0)},
    "silence": {"coefficients.silence": 0, "rates.correspondence": 0},
    "leaders": {"coefficients.patron": 0},
    "differences": {"population.conviction_spread": 0, "coefficients.firmness": 0},
    "example": {"coefficients.example": 0, "coefficients.news": 0},
    **{name: {f"coefficients.{name}": 0} for name in ("offer", "left_turn", "rally", "hardening")},
}


@pytest.mark.parametrize("name", NAMES)
def test_what_has_no_part_has_no_share(name):
    found = attribute(
        lively(population__size=80),
        "point",
        draws=1,
        changes=ZERO[name],
        execution=Execution(workers=1),
    )
    shares = found.shares.set_index("mechanism")["people_mean"]
    assert shares[name] == 0.0
    assert shares.drop(name).all()
    touching = (found.interactions["first"] == name) | (found.interactions["second"] == name)
    assert not found.interactions.loc[touching, "people_mean"].any()


@pytest.fixture(scope="module")
def found():
    return attribute(lively(population__size=120), "point", draws=3, execution=Execution(workers=1))


def test_shares_add_up_to_what_is_divided(found):
    np.testing.assert_allclose(found.people.sum(axis=-1), found.effect, rtol=1e-12)
    row = found.effects.iloc[0]
    assert row["effect_mean"] == pytest.approx(row["left_mean"] - row["left_by_none_mean"])
    assert found.shares["people_mean"].sum() == pytest.approx(row["effect_mean"], rel=1e-12)
    assert found.shares["fraction"].sum() == pytest.approx(1.0, rel=1e-12)
    by_hand = found.people[0].mean(axis=0)
    np.testing.assert_allclose(found.shares["people_mean"], by_hand)
    assert (found.shares["people_low"] <= found.shares["people_median"]).all()
    assert (found.shares["people_median"] <= found.shares["people_high"]).all()


def test_tables_hold_every_coalition(found):
    table = found.coalitions
    assert len(table) == 3 * (ALL + 1)
    assert not table.duplicated(["posterior", "seed", *NAMES]).any()
    all_on = table[table[NAMES].all(axis=1)]
    assert all_on["left"].tolist() == found.values[0, :, ALL, 0].tolist()
    assert set(KEPT) <= set(table)
    assert len(found.interactions) == len(NAMES) * (len(NAMES) - 1) // 2


def test_workers_change_nothing():
    small = lively(population__size=40)
    told = []
    two = attribute(
        small,
        "point",
        draws=2,
        execution=Execution(workers=2, progress=lambda *done: told.append(done)),
    )
    assert np.array_equal(
        two.values, attribute(small, "point", draws=2, execution=Execution(workers=1)).values
    )
    every = ALL + 1
    assert told == [(every, 2 * every), (2 * every, 2 * every)]


def calibration(folder, offers, **about):
    """Write what a calibration leaves, with draws of one coefficient."""
    folder.mkdir()
    number = load("historical").coefficients.offer.model_dump(mode="json")
    table = pd.DataFrame({"coefficients.offer": offers})
    table.insert(0, "weight", 1 / len(offers))
    targets = evidence_set("longuet").model_dump(mode="json")["targets"]
    said = {SAYS.format(target=key): 100.0 for key in targets}
    log_weight = np.log(table["weight"])
    table = table.assign(log_weight=log_weight, seed=1, log_likelihood=0.0, **said)
    table.to_parquet(folder / FILE, index=False)
    content = {
        "name": folder.name,
        "scenario": "historical",
        "evidence": "longuet",
        "problem": "0123456789abcdef",
        "model": model_version(),
        "seeds": [1],
        "sampler": {"ess": 10, "walkers": 50, "batch": 100, "seed": 1},
        "ess": 1.0,
        "settled": True,
        "log_evidence": 0.0,
        "log_evidence_error": 1.0,
        "calls": 1,
        "parameters": {"coefficients.offer": number},
        "targets": targets,
    }
    (folder / ABOUT).write_text(json.dumps(sealed(content | about, folder)))
    return folder


def test_each_seed_is_lived_with_its_draw(tmp_path):
    draws = open_draws(calibration(tmp_path / "p", [0.0, 3.0]))
    small = load("historical", {"population.size": 200})
    found = attribute(small, ["point", draws], draws=2, execution=Execution(workers=1))
    assert found.shares["posterior"].unique().tolist() == ["point", "p"]
    for k, seed in enumerate(found.seeds):
        world = load(small, draws.values(small, seed))
        assert np.array_equal(found.values[1, k], coalition_values(Draw(world, seed, {})))
    rows = [draws.values(small, seed)["coefficients.offer"] for seed in found.seeds]
    assert sorted(rows) == [0.0, 3.0]
    assert found.people[1, rows.index(0.0), NAMES.index("offer")] == 0.0


def test_by_default_every_shipped_posterior_the_scenarios_own_first(monkeypatch):
    from sim.inference import attribution

    shipped = {"longuet": "L", "greene-deutscher": "G"}
    monkeypatch.setattr(attribution, "reference", lambda world: shipped.get(world.evidence))
    assert posteriors(load("historical")) == ["G", "L"]
    assert posteriors(load("historical", {"evidence": "longuet"})) == ["L", "G"]
    assert posteriors(load("historical"), "point") == [None]
    shipped.clear()
    assert posteriors(load("historical")) == [None]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"calendar.end": "1929-06-03"}, "1929-12-31"),
        ({"calendar.start": "1928-05-07"}, "1928-04-01"),
        ({"rule.kind": "threshold"}, "rule.kind"),
    ],
)
def test_a_world_that_cannot_be_divided(changes, says):
    with pytest.raises(InputError, match=says):
        attribute("historical", "point", draws=1, changes=changes)


def midnight(*words: str):
    return CliRunner().invoke(app, ["attribute", *words])


def test_the_command_and_its_folder(tmp_path):
    one = calibration(tmp_path / "one", [1.0, 2.0])
    two = calibration(tmp_path / "two", [0.5], evidence="greene-deutscher")
    kept = tmp_path / "kept"
    words = ["--posterior", str(one), "--posterior", str(two), "--draws", "2", "--out", str(kept)]
    done = midnight(*TINY, *words, "--workers", "1")
    assert done.exit_code == 0, done.output
    for switch in SWITCHES:
        assert switch.title in done.output
    assert "Switched off means" in done.output
    assert "Longuet" in done.output
    shares = pd.read_csv(kept / "shares.csv")
    assert len(shares) == 2 * len(NAMES)
    assert shares["switched_off"].tolist() == 2 * [switch.off for switch in SWITCHES]
    assert len(pd.read_parquet(kept / "coalitions.parquet")) == 2 * 2 * (ALL + 1)
    assert (kept / "figure.png").stat().st_size > 10_000
    about = json.loads((kept / "provenance.json").read_text())
    assert [each["name"] for each in about["posteriors"]] == ["one", "two"]
    assert about["seeds"] == [1, 2]
    for name in ("shares", "interactions", "effects", "coalitions"):
        table = pd.read_parquet(kept / f"{name}.parquet")
        bare = {re.sub("_(mean|low|median|high)$", "", column) for column in table}
        assert bare - set(NAMES) <= about["columns"].keys(), name


def test_the_command_speaks_json(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = midnight(*TINY, "--point", "--draws", "1", "--json", "--workers", "1")
    told = json.loads(done.stdout)
    assert told["draws"] == 1
    assert told["folder"] is None
    assert [row["mechanism"] for row in told["shares"]] == NAMES
    total = sum(row["people_mean"] for row in told["shares"])
    assert total == pytest.approx(told["effects"][0]["effect_mean"])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--point", "--draws", "0"], "--draws: got 0"),
        (["--point", "--draws", "-1"], "--draws"),
        (["--point", "--draws", "many"], "--draws"),
        (["--point", "--workers", "0"], "--workers"),
        (["--posterior", "nowhere"], "holds no calibration"),
        (["--point", "--posterior", "one"], "--point: got --posterior as well"),
        (["--posterior", "one", "--posterior", "one"], "two of them are called `one`"),
        (["--posterior", "old"], "of the model"),
        (["--posterior", "one", "--set", "coefficients.offer=1"], "as they stand there"),
        (["no-such-world"], "no scenario is called"),
    ],
)
def test_bad_input_is_one_message(tmp_path, monkeypatch, words, says):
    monkeypatch.chdir(tmp_path)
    calibration(tmp_path / "one", [1.0])
    calibration(tmp_path / "old", [1.0], model="0" * 16)
    done = midnight(*TINY, *words)
    assert isinstance(done.exception, InputError), done.output
    assert says in str(done.exception)
    assert {path.name for path in tmp_path.iterdir()} == {"one", "old"}
