"""Evidence sets of one's own: whatever is wrong with the file is told as an instruction."""

from __future__ import annotations

import pytest

from sim.errors import InputError
from sim.evidence.loading import evidence_set

TARGET = """
title = "Mine"
whose = "Made for a test."
[targets.end]
what = "holding out"
kind = "about"
value = 800
claims = ["leblanc-800-1930"]
reading = { series = ["holding"], start = 1929-12-31 }
"""
EITHER = """
extends = "greene-deutscher"
title = "Mine"
whose = "Made for a test."
[targets.end_1929]
what = "holding out"
kind = "either"
reading = { series = ["holding"], start = 1929-12-31 }
alternatives = ALTERNATIVES
"""


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ('claims = ["leblanc-800-1930"]', 'claims = [["a"]]', "claims"),
        ('claims = ["leblanc-800-1930"]', "claims = 5", "claims"),
        ('claims = ["leblanc-800-1930"]', "claims = []", "claims"),
        ('claims = ["leblanc-800-1930"]', 'claims = ["leblanc-800-1931"]', "leblanc-800-1930"),
        ("value = 800", "value = inf", "value"),
        ("value = 800", "value = -1", "value"),
        ("value = 800", "", "value"),
        ('series = ["holding"]', "series = []", "series"),
        ("1929-12-31", '"some day"', "start"),
        ("[targets.end]", "[targets]\na = 5\n[targets.end]", "targets.a"),
        ('kind = "about"', 'kind = "roughly"', "kind"),
        ('title = "Mine"', 'title = "Mine"\nleave_out = ["x"]', "leave_out"),
        ('title = "Mine"', 'title = "Mine"\nextends = 5', "extends"),
        ('title = "Mine"', 'title = "Mine"\nextends = "greene"', "did you mean"),
        ('title = "Mine"', 'title = "Mine"\nextends = "either"\nleave_out = 5', "leave_out"),
        ('title = "Mine"', 'title = "Mine"\nextends = "either"\nleave_out = "end"', "leave_out"),
    ],
)
def test_a_broken_set_is_refused(was, becomes, said, tmp_path):
    file = tmp_path / "mine.toml"
    assert was in TARGET
    file.write_text(TARGET.replace(was, becomes, 1))
    with pytest.raises(InputError, match=said):
        evidence_set(str(file))


@pytest.mark.parametrize("given", ["[5, 6]", "5", "[]", '[{ kind = "about", value = 1 }]'])
def test_broken_alternatives_are_refused(given, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(EITHER.replace("ALTERNATIVES", given))
    with pytest.raises(InputError, match="end_1929"):
        evidence_set(str(file))


def test_targets_that_are_no_table_are_refused(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('extends = "either"\ntitle = "x"\nwhose = "x"\ntargets = 5\n')
    with pytest.raises(InputError, match="targets"):
        evidence_set(str(file))


def test_sets_do_not_extend_each_other_in_a_circle(tmp_path):
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    one.write_text(f'extends = "{two}"\ntitle = "x"\nwhose = "x"\n')
    two.write_text(f'extends = "{one}"\ntitle = "x"\nwhose = "x"\n')
    for file in (one, two):
        with pytest.raises(InputError, match="extends"):
            evidence_set(str(file))
    one.write_text(f'extends = "{one}"\ntitle = "x"\nwhose = "x"\n')
    evidence_set.cache_clear()
    with pytest.raises(InputError, match="extends"):
        evidence_set(str(one))
