"""The gazetteer: every place is real, unique, and says what it rests on."""

import csv
from collections import Counter
from itertools import combinations
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
COLUMNS = ["id", "name", "modern_name", "kind", "latitude", "longitude", "weight"]
COLUMNS += ["zinovievists", "since", "claims", "assumed"]
KINDS = ["city", "colony", "isolator", "camp", "elsewhere"]
ZINOVIEVISTS = 0.28
"""About their share, by which a city's two weights are weighed for the order of the file."""

# The cities of seed 002, "III.a The Interval"; Ekaterinoslav is Dniepropetrovsk.
GREENE = """Moscow, Leningrad, Kiev, Kharkov, Baku, Tiflis, Odessa, Dniepropetrovsk, Nikolaev,
Saratov, Ivanovo-Voznesensk, Krasnoyarsk, Kremenchug, Rostov, Tula, Kostroma, Briansk,
Nizhni Novgorod, Tver, Zaporozhe"""


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def places():
    return rows_of(ROOT / "sim" / "model" / "places.csv")


@pytest.fixture(scope="module")
def claim_ids():
    return {row["id"] for row in rows_of(ROOT / "sim" / "evidence" / "claims.csv")}


def distance_km(a, b):
    """Great-circle distance between two rows on a sphere of radius 6371 km."""
    lat_a, lon_a, lat_b, lon_b = (
        radians(float(row[axis])) for row in (a, b) for axis in ("latitude", "longitude")
    )
    h = sin((lat_b - lat_a) / 2) ** 2
    h += cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * 6371 * asin(sqrt(h))


def claims_of(row):
    return row["claims"].split(";") if row["claims"] else []


def test_columns(places):
    assert list(places[0]) == COLUMNS
    for row in places:
        assert None not in row, f"{row['id']}: too many cells"
        assert None not in row.values(), f"{row['id']}: too few cells"
        assert row["name"], f"{row['id']}: no name"
        assert row["modern_name"], f"{row['id']}: no modern name"
        assert all(cell == cell.strip() for cell in row.values()), f"{row['id']}: stray spaces"


def test_ids_are_unique_slugs(places):
    counts = Counter(row["id"] for row in places)
    assert [place for place, n in counts.items() if n > 1] == []
    for place in counts:
        assert place.isascii(), place
        assert all(part.isalnum() and part == part.lower() for part in place.split("-")), place


def test_kinds_and_their_numbers(places):
    counts = Counter(row["kind"] for row in places)
    assert set(counts) == set(KINDS)
    assert counts["camp"] == 4
    assert counts["city"] >= 20
    assert 90 <= counts["colony"] <= 130
    assert 5 <= counts["isolator"] <= 7


def test_sorted_by_kind_then_weight_then_id(places):
    def weight(row):
        return max(float(row["weight"]), ZINOVIEVISTS * float(row["zinovievists"] or 0))

    keys = [(KINDS.index(row["kind"]), -weight(row), row["id"]) for row in places]
    assert [key for key in keys if key[0] != 3] == sorted(key for key in keys if key[0] != 3)


def test_only_cities_are_weighed_by_wing_and_only_colonies_have_a_first_day(places):
    for row in places:
        assert bool(row["zinovievists"]) == (row["kind"] == "city"), row["id"]
        assert row["kind"] == "colony" or not row["since"], row["id"]


def test_coordinates_lie_in_the_ussr(places):
    for row in places:
        assert 35 <= float(row["latitude"]) <= 73, row["id"]
        assert 19 <= float(row["longitude"]) <= 180, row["id"]


def test_coordinates_agree_with_the_region_claimed(places):
    for row in places:
        latitude, longitude = float(row["latitude"]), float(row["longitude"])
        if "three-colonies-regions" in claims_of(row):
            assert longitude > 50, f"{row['id']} is not in Siberia or Central Asia"
        if "north-exile-leblanc" in claims_of(row):
            assert latitude > 58, f"{row['id']} is not in the north"
            assert longitude < 60, f"{row['id']} is not in Europe"


def test_weights_are_positive(places):
    for row in places:
        assert 0 < float(row["weight"]) < float("inf"), row["id"]


def test_every_claim_exists(places, claim_ids):
    unknown = {row["id"]: set(claims_of(row)) - claim_ids for row in places}
    assert {place: ids for place, ids in unknown.items() if ids} == {}


def test_every_row_says_what_it_rests_on(places):
    for row in places:
        assert row["claims"] or row["assumed"], row["id"]
        assert row["kind"] != "city" or row["assumed"], f"{row['id']}: no text gives shares"


def test_the_cities_of_greene_are_there_and_cited(places):
    cities = {row["name"]: row for row in places if row["kind"] == "city"}
    listed = {" ".join(name.split()) for name in GREENE.split(",")}
    assert len(listed) == 20
    assert listed - set(cities) == set()
    for name in listed - {"Moscow"}:
        assert "cities-active-1928" in claims_of(cities[name]), name


def test_no_two_rows_of_a_kind_within_five_km(places):
    for a, b in combinations(places, 2):
        if a["kind"] == b["kind"]:
            assert distance_km(a, b) >= 5, f"{a['id']} and {b['id']}"
