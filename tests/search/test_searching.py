"""What is found: the journey of a query from what was typed to the titles that were meant."""

from tests.search.conftest import Search


async def test_a_title_is_found_by_its_name_its_beginning_and_nearly_its_name(search: Search) -> None:
    await search.films(["The Ninth Flash", "Signal Rock", "Crème & Sugar II", "Spring Cleaning"])
    for asked in ("the ninth flash", "NINTH FLASH", "nin", "ninth fl", "nimth flsh", "theninthflash", "flash ninth"):
        assert (await search.names(asked))[:1] == ["The Ninth Flash"], asked
    for asked in ("creme and sugar 2", "crème & sugar two", "cremesugar", "creme sugar ii"):
        assert (await search.names(asked))[:1] == ["Crème & Sugar II"], asked
    assert await search.names("zzzzqqq") == []
    assert (await search.suggested("sig"))[:1] == ["Signal Rock"]
    answer = await search.search("nimth flsh")
    assert answer["did_you_mean"] == "The Ninth Flash"
