"""What a mapping makes of the values of a column: one, several or none."""

import json
import re
from pathlib import Path

from libs.chassis.slugs import name_id
from services.catalog.importing.files import Row
from services.catalog.importing.mapping import ImportMapping

ROOT = Path(__file__).parents[2]
NETFLIX = json.loads((ROOT / "demo/mappings/netflix.json").read_text())
KNOWN = ROOT / "web/src/shared/i18n/en/genres.ts"


def test_a_value_becomes_several_or_none_and_stands_once() -> None:
    values = {"Action & Adventure": ["Action", "Adventure"], "TV Action": "Action", "Imported": []}
    mapping = ImportMapping.model_validate(
        {
            "source": "s", "key": "no", "fields": {
                "type": {"constant": "movie"}, "name": {"column": "name"},
                "genres": {"column": "kinds", "split": ",", "values": values},
                "year": {"column": "year", "values": {"?": [], "either": ["1990", "1991"], "1990": "1990"}},
            },
        }
    )  # fmt: skip

    def read(kinds: str, year: str) -> tuple[dict[str, object], list[tuple[str | None, str]]]:
        _, said, faults = mapping.read(Row(2, {"no": "1", "name": "Moss", "kinds": kinds, "year": year}))
        return said, [(fault.column, fault.message) for fault in faults]

    said, faults = read("Imported, Action & Adventure, TV Action", "?")
    assert (said["genres"], said.get("year"), faults) == (["Action", "Adventure"], None, [])
    _, [(column, reason)] = read("Imported", "either")
    assert column == "year"
    assert "several values where one is wanted" in reason
    _, [(column, reason)] = read("Jazz", "1990")
    assert column == "kinds"
    assert "“Jazz” is none of" in reason


def test_the_genres_of_the_documented_mapping_are_those_that_the_app_says_in_each_language() -> None:
    made = NETFLIX["fields"]["genres"]["values"].values()
    names = {name for value in made for name in ([value] if isinstance(value, str) else value)}
    known = set(re.findall(r'^  "?([a-z-]+)"?: ".*",$', KNOWN.read_text(), re.MULTILINE))
    assert {name_id(name) for name in names} <= known
