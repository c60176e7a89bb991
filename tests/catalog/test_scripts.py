"""Names in every script there is: kept as they were written, sorted, paged, shown to strangers, exported, and taken back."""

import csv
import io
import json
import unicodedata

from tests.catalog.conftest import Catalog

NAMES = [
    "مدينة الضباب", "עיר הערפל", "霧の街", "안개의 도시", "เมืองหมอก", "कोहरे का शहर", "ශ්‍රී නගරය", "Ḫūlt̲ān̄ Ŝṓng",
    "👩‍👩‍👧‍👦 Family 🏳️‍🌈", "𝔗𝔥𝔢 𝔐𝔬𝔰𝔰", "𠜎𠜱𠝹", "e\u0301 combining", "Z̸a̷l̵g̶o̴" * 8, "İstanbul'da ŞİŞLİ", "ﬁligree Ⅻ",
    "a\u200db\u200cc", "ＦＵＬＬ　ＷＩＤＴＨ", "\U0001f30a" * 200,
]  # fmt: skip
REFUSED = ["\u200b\u200b", "\u2066hidden\u2069", "a\u202eb", "a\u2028b", "\U000e0041" * 201]


async def test_a_name_in_any_script_goes_everywhere_and_comes_back(catalog: Catalog) -> None:
    kept = {}
    for name in NAMES:
        made = await catalog.film(name, description=name, tags=[name[:80]])
        kept[made["id"]] = unicodedata.normalize("NFC", name)
        assert made["slug"].isascii()
    listed: dict[str, str] = {}
    cursor: str | None = ""
    while cursor is not None:
        page = (await catalog.get(f"/titles?sort=name&limit=4{cursor and f'&cursor={cursor}'}")).json()
        listed |= {item["title_id"]: item["name"] for item in page["items"]}
        cursor = page["next_cursor"]
    assert listed == kept
    for title_id, name in kept.items():
        assert (await catalog.get(f"/titles/{title_id}")).json()["name"] == name
        [told] = await catalog.events(title_id)
        assert told["name"] == name
    exported = await catalog.edit("GET", "/exports/titles?format=csv")
    assert {row["id"]: row["name"] for row in csv.DictReader(io.StringIO(exported.text))} == kept
    lines = (await catalog.edit("GET", "/exports/titles?format=jsonl")).text.split("\n")
    assert {row["id"]: row["name"] for row in map(json.loads, filter(None, lines))} == kept
    for name in REFUSED:
        answer = await catalog.edit("POST", "/titles", json={"type": "movie", "name": name})
        assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, ["body", "name"]), ascii(name)
