"""GET /titles/{id}/similar: what recommendation finds, as cards; what catalog finds stands in for it."""

from uuid import UUID

from gateway.reads import Reads
from gateway.schemas import RowItem, Similar


async def similar(reads: Reads, title_id: UUID, limit: int) -> Similar:
    """Titles like one, the closest first. Raises what catalog answers where neither can be asked."""
    found = await reads.recommended(f"/recommendations/titles/{title_id}/similar?limit={limit}")
    cards = await reads.cards(found.value["title_ids"], keep=False) if found.value is not None else found
    if found.value is None or cards.value is None:
        plain = await reads.required(f"/titles/{title_id}/similar?limit={limit}")
        return Similar(items=[RowItem.model_validate(card) for card in plain["items"]], fallback="catalog")
    items = [RowItem.model_validate(cards.value[each]) for each in found.value["title_ids"] if each in cards.value]
    return Similar(
        items=items,
        recommendation_id=found.value["recommendation_id"],
        model=found.value["model"],
        fallback=found.fallback or cards.fallback,
    )
