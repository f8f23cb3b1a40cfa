"""One version of the model, raised by hand, and held against golden numbers."""

import json

import golden

from sim.model.version import MODEL

REMEDY = (
    "the model's numbers have moved. If that is wanted: raise MODEL in sim/model/version.py, "
    "`python -m tests.golden`, calibrate anew (`make posteriors`, `make reference`), and say in "
    "CHANGELOG.md what moved and why"
)


def test_the_numbers_are_those_of_this_version():
    known, found = json.loads(golden.FILE.read_text("utf-8")), golden.golden()
    moved = {key for key, value in found["numbers"].items() if known["numbers"].get(key) != value}
    assert known["model"] == MODEL, "raised without golden numbers: `python -m tests.golden`"
    assert known["numbers"].keys() == found["numbers"].keys()
    assert not moved, f"{sorted(moved)}: {REMEDY}"


def test_the_shipped_posteriors_are_of_this_version():
    from sim.files import shipped_posteriors

    folders = [each for each in shipped_posteriors().iterdir() if each.is_dir()]
    assert folders
    for folder in folders:
        about = json.loads((folder / "calibration.json").read_text("utf-8"))
        assert about["model"] == str(MODEL), folder.name
