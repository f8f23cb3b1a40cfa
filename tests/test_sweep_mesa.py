"""`docs/mesa.md` is run as it stands."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "mesa.md"


def test_the_study_of_the_page_gives_the_same_twice(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert len(blocks) == 2
    exec(compile("".join(blocks), str(PAGE), "exec"), {"__name__": "__main__"})
    assert (tmp_path / "mesa-study" / "runs.parquet").exists()
    assert "0.5" in capsys.readouterr().out
