"""The evidence ledger is whole, consistent and says what its own arithmetic says."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import date, timedelta

import pytest

from sim.errors import InputError
from sim.evidence.ledger import (
    BOUNDS,
    GRADES,
    ROLES,
    Claim,
    _rows,
    check_ids,
    cited,
    claims,
    conflicts,
    credit,
    find,
    in_full,
    sources,
)

TEXTS = {"leblanc", "article", "greene", "costello", "cliff"}


def months(first: date, last: date) -> float:
    """Whole months between the first day of one month and the last day of another."""
    after = last + timedelta(days=1)
    return (after.year - first.year) * 12 + after.month - first.month


def monthly_loss(share_left: float, n_months: float) -> float:
    return 1 - share_left ** (1 / n_months)


def named_by(claim_id: str) -> dict[str, Claim]:
    """Return the rows that a derived row says it is computed from."""
    return {name: claims()[name] for name in claims()[claim_id].derived_from}


def test_no_id_of_a_claim_or_source_stands_twice():
    for table in ("claims.csv", "sources.csv"):
        ids = Counter(row["id"] for row in _rows(table))
        assert [key for key, times in ids.items() if times > 1] == []


def test_every_source_and_authority_is_known():
    assert {s.id for s in sources().values() if s.role == "text"} == TEXTS
    assert {s.role for s in sources().values()} == set(ROLES)
    for claim in claims().values():
        assert claim.source in {*TEXTS, "derived"}, claim.id
        assert set(claim.authority) <= set(sources()) - {"derived"}, claim.id
        assert claim.source not in claim.authority, claim.id


def test_an_authority_reaches_us_through_a_text_that_relies_on_it():
    used = {name for claim in claims().values() for name in claim.authority}
    for source in sources().values():
        if source.role == "authority":
            assert source.via, source.id
            assert source.id in used, source.id
        assert set(source.via) <= TEXTS, source.id


def test_every_source_has_a_name_a_kind_and_a_standpoint_and_a_claim_shows_them():
    for source in sources().values():
        for said in (source.name, source.kind, source.standpoint):
            assert said.strip(), source.id
            assert said in source.described
    for claim in claims().values():
        assert [each.id for each in cited(claim)] == [claim.source, *claim.authority]
        words = credit(claim)
        assert claim.locator in words
        assert all(each.described in words for each in cited(claim)), claim.id
        assert all(said in in_full(claim) for said in (claim.paraphrase, words, claim.grade))


def test_dates_lie_in_the_years_of_which_the_texts_speak():
    for claim in claims().values():
        assert date(1917, 1, 1) <= claim.date_start, claim.id
        assert claim.date_end <= date(1941, 12, 31), claim.id
        if claim.id.startswith(("exp-", "recant-")):
            assert date(1927, 10, 23) <= claim.date_start, claim.id
            assert claim.date_end <= date(1928, 3, 31), claim.id


def test_a_derived_claim_speaks_of_no_day_outside_those_of_its_rows():
    for claim in claims().values():
        if claim.derived_from:
            rows = named_by(claim.id).values()
            assert claim.date_start >= min(row.date_start for row in rows), claim.id
            assert claim.date_end <= max(row.date_end for row in rows), claim.id


def test_conflicts_exist_and_are_symmetric():
    for claim in claims().values():
        for other in claim.conflicts:
            assert other != claim.id
            assert claim.id in claims()[other].conflicts, (claim.id, other)


def test_values_dates_and_grades_are_in_order():
    for claim in claims().values():
        values = [v for v in (claim.low, claim.best, claim.high) if v is not None]
        assert values == sorted(values), claim.id
        assert claim.date_start <= claim.date_end, claim.id
        assert claim.grade in GRADES, claim.id
        assert claim.bound in BOUNDS, claim.id
        assert all((claim.quantity, claim.locator, claim.unit, claim.paraphrase)), claim.id


@pytest.mark.parametrize(
    ("bound", "value"), [("point", "best"), ("lower", "low"), ("upper", "high")]
)
def test_a_bound_has_the_value_that_it_speaks_of(bound, value):
    for claim in claims().values():
        if claim.bound == bound:
            assert getattr(claim, value) is not None, claim.id


def test_only_a_claim_without_a_number_is_about_a_date_or_an_order():
    for claim in claims().values():
        has_number = (claim.low, claim.best, claim.high) != (None, None, None)
        assert has_number == (claim.unit not in {"date", "ordinal"}), claim.id
        assert has_number == (claim.bound != "date-only"), claim.id


def test_derived_rows_and_no_others_name_existing_rows_of_the_texts():
    for claim in claims().values():
        assert bool(claim.derived_from) == (claim.source == "derived"), claim.id
        for name in claim.derived_from:
            assert claims()[name].source in TEXTS, claim.id


def test_shares_retained():
    rows = named_by("d-retained-greene")
    share = rows["opp-lt1000-end1929"].high / rows["opp-8000-base"].best
    assert claims()["d-retained-greene"].high == share

    rows = named_by("d-retained-leblanc")
    share = rows["leblanc-800-1930"].best / rows["leblanc-10000-1928"].best
    assert claims()["d-retained-leblanc"].best == share


@pytest.mark.parametrize(
    ("claim_id", "since", "n_months"),
    [
        ("d-hazard-24m", "opp-8000-base", 24),
        ("d-hazard-9m", "preob-appeal", 9),
        ("d-hazard-6m", "cap-400-july1929", 6),
    ],
)
def test_monthly_loss_of_the_fall(claim_id, since, n_months):
    rows = named_by(claim_id)
    end = rows["opp-lt1000-end1929"]
    assert months(rows[since].date_start, end.date_end) == n_months
    loss = monthly_loss(end.high / rows["opp-8000-base"].best, n_months)
    assert claims()[claim_id].low == pytest.approx(loss, abs=5e-5)


def test_monthly_loss_of_the_tail():
    rows = named_by("d-hazard-tail")
    first, last = rows["leblanc-800-1930"], rows["serge-500-1936"]
    # The text gives the year 1930 alone, so the tail is taken to begin in the middle of it.
    n_months = months(first.date_start, last.date_end.replace(day=31)) - 6
    assert n_months == 71
    loss = monthly_loss(last.best / first.best, n_months)
    assert claims()["d-hazard-tail"].best == pytest.approx(loss, abs=5e-5)


def test_share_of_the_first_block():
    rows = named_by("d-first-block-share")
    leaders = len({"cap-preob", "cap-radek"} & set(rows))
    left = rows["opp-8000-base"].best - rows["opp-lt1000-end1929"].high
    share = (rows["cap-400-july1929"].best + leaders) / left
    assert leaders == 2
    assert claims()["d-first-block-share"].high == pytest.approx(share, abs=5e-5)


def test_share_that_signed_after_the_congress():
    rows = named_by("d-recant-share-1927")
    share = rows["recant-2500-after"].best / sum(row.best for row in rows.values())
    assert claims()["d-recant-share-1927"].best == pytest.approx(share, abs=5e-4)


def test_share_of_the_open_vote():
    rows = named_by("d-vote-share")
    claim = claims()["d-vote-share"]
    tucker = rows["votes-4000-tucker"].best / rows["party-854000"].best
    cliff = rows["votes-10000"].best / rows["party-724000"].best
    assert claim.low == pytest.approx(tucker, abs=5e-6)
    assert claim.high == pytest.approx(cliff, abs=5e-6)


def test_end_of_the_hunger_strike():
    rows = named_by("d-hs-end-date")
    end = rows["hs-start"].date_start + timedelta(days=rows["hs-length-132"].best)
    claim = claims()["d-hs-end-date"]
    assert claim.date_start == claim.date_end == end
    assert claims()["hs-end"].date_start <= end <= claims()["hs-end"].date_end


def test_voters_less_signers():
    rows = named_by("d-voters-minus-recanters")
    left = rows["votes-10000"].best - rows["recant-2500-after"].best
    assert claims()["d-voters-minus-recanters"].best == left


def test_other_derived_counts():
    rows = named_by("d-exec-rate")
    assert claims()["d-exec-rate"].best == sum(row.best for row in rows.values())
    rows = named_by("d-declaration-share")
    share = rows["rakovsky-500-sign"].low / rows["opp-lt1000-end1929"].high
    assert claims()["d-declaration-share"].low == share
    rows = named_by("d-hidden-open")
    claim = claims()["d-hidden-open"]
    assert claim.low == rows["sympathisers-20000"].best / rows["votes-10000"].best
    assert claim.high == rows["sympathisers-12000-tucker"].high / rows["votes-4000-tucker"].best


def test_votes_against_at_open_meetings():
    rows = named_by("d-open-against-share")
    august, october = rows["vote-leningrad-aug27"].best, rows["vote-leningrad-oct27"].best
    claim = claims()["d-open-against-share"]
    for_it, present = rows["vote-leningrad-aug27-for"].best, rows["vote-leningrad-oct27-size"].best
    assert claim.high == pytest.approx(august / (august + for_it), abs=5e-6)
    assert claim.low == pytest.approx(october / present, abs=5e-6)


def test_counted_in_the_camps():
    rows = named_by("d-exec-counted")
    assert claims()["d-exec-counted"].low == sum(row.low for row in rows.values())
    rows = named_by("d-two-camps-1936")
    assert claims()["d-two-camps-1936"].best == sum(row.best for row in rows.values())


def test_find_without_conditions_returns_the_whole_ledger_in_order():
    assert find() == list(claims().values())


def test_find_takes_every_word_in_any_case():
    found = find("JOFFE funeral")
    assert {"joffe-funeral-date", "joffe-funeral-thousands"} <= {c.id for c in found}
    assert all("joffe" in f"{c.id} {c.quantity} {c.paraphrase}".lower() for c in found)
    assert find("no such word anywhere") == []


def test_find_conditions_add_up():
    found = find(source="greene", authority="mb", grade="high", about=(date(1937, 3, 31),) * 2)
    assert [c.id for c in found] == [
        "workday-demand",
        "hs-end",
        "hs-length-132",
        "post-strike-1937",
    ]
    assert all(c.conflicts for c in find(conflicting=True))
    assert find(conflicting=True)


def test_find_by_period_counts_both_end_days():
    first, last = date(1927, 12, 2), date(1927, 12, 19)
    for day in (first, last):
        assert claims()["congress15-dates"] in find(about=(day, day))
    for day in (first - timedelta(days=1), last + timedelta(days=1)):
        assert claims()["congress15-dates"] not in find(about=(day, day))


@pytest.mark.parametrize(
    ("option", "remedy"),
    [
        ({"source": "gren"}, "did you mean `greene`?"),
        ({"authority": "deutcher"}, "did you mean `deutscher`?"),
        ({"grade": "hihg"}, "did you mean `high`?"),
        ({"about": (date(1930, 1, 1), date(1928, 1, 1))}, "swap them"),
    ],
)
def test_find_refuses_an_unknown_name_and_says_the_right_one(option, remedy):
    with pytest.raises(InputError) as caught:
        find(**option)
    assert caught.value.remedy == remedy
    assert caught.value.where in option


def test_conflicts_are_claims():
    found = conflicts("exp-nov14-greene")
    assert [c.id for c in found] == ["exp-cc-23oct", "exp-party-14nov"]
    assert conflicts("kirov") == []
    with pytest.raises(InputError, match="did you mean `kirov`"):
        conflicts("kirow")


def test_check_ids_names_the_place_and_the_nearest_id():
    check_ids([], "nowhere")
    check_ids(["kirov", "hs-start"], "historical.toml: events")
    with pytest.raises(InputError) as caught:
        check_ids(["kirov", "opp-8000-bas"], "historical.toml: events")
    error = caught.value
    assert error.where == "historical.toml: events"
    assert "opp-8000-bas" in error.got
    assert error.remedy == "did you mean `opp-8000-base`?"
    with pytest.raises(InputError, match="midnight evidence"):
        check_ids(["€€€"], "anywhere")


def test_the_ledger_cannot_be_changed():
    with pytest.raises(TypeError):
        claims()["kirov"] = None
    with pytest.raises(TypeError):
        sources()["serge"] = None
    with pytest.raises(AttributeError):
        claims()["kirov"].best = 1.0


def test_the_ledger_reads_without_pandas_and_numpy():
    code = (
        "import sys; from sim.evidence.ledger import claims, sources; claims(); sources();"
        "print(*{'numpy', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == ""
