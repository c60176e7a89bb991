"""GET /titles/{id}/similar: what recommendation finds, as cards; what catalog finds stands in for it."""

from uuid import UUID

from gateway.compose import Outcome
from gateway.reads import Reads
from gateway.schemas import RecommendedTitles, RowItem, Similar


async def similar(reads: Reads, title_id: UUID, limit: int) -> Similar:
    """Titles like one, the closest first. Raises what catalog answers where neither can be asked."""
    found = await reads.recommended(f"/recommendations/titles/{title_id}/similar?limit={limit}", RecommendedTitles)
    cards = (
        await reads.cards([str(each) for each in found.title_ids], keep=False) if found is not None else Outcome(None)
    )
    if found is None or cards.value is None:
        plain = await reads.required(f"/titles/{title_id}/similar?limit={limit}")
        return Similar(items=[RowItem.model_validate(card) for card in plain["items"]], fallback="catalog")
    items = [RowItem.model_validate(cards.value[str(each)]) for each in found.title_ids if str(each) in cards.value]
    return Similar(items=items, recommendation_id=found.recommendation_id, model=found.model, fallback=cards.fallback)
