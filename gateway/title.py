"""GET /titles/{id} and its episodes: what catalog knows, with what this viewer did."""

import asyncio
from uuid import UUID

from gateway.reads import Reads
from gateway.schemas import Episode, Episodes, Resume, Title


async def title(reads: Reads, title_id: UUID) -> Title:
    """The title in full. Raises what catalog answers when it is not 200; the rest degrades."""
    details, in_my_list, resume = await asyncio.gather(
        reads.required(f"/titles/{title_id}"),
        reads.in_my_list(title_id),
        reads.mine(f"/me/resume?title_ids={title_id}"),
    )
    degraded = [name for name, outcome in (("in_my_list", in_my_list), ("resume", resume)) if outcome.degraded]
    found = (resume.value or {"items": []})["items"]
    return Title.model_validate(
        {
            **details,
            "in_my_list": None if in_my_list.degraded else in_my_list.value,
            "resume": Resume.model_validate(found[0]) if found and not resume.degraded else None,
            "degraded": degraded,
        }
    )


async def episodes(reads: Reads, title_id: UUID, number: int) -> Episodes:
    """A season's episodes, each with where the viewer stopped in it."""
    found = await reads.required(f"/titles/{title_id}/seasons/{number}/episodes")
    ids = [episode["playable_id"] for episode in found["items"]]
    resumes = await reads.mine(f"/me/resume/playables?ids={','.join(ids[:100])}") if ids else None
    known = {}
    if resumes is not None and not resumes.degraded:
        known = {item["playable_id"]: Resume.model_validate(item) for item in resumes.value["items"]}
    return Episodes(
        items=[Episode.model_validate({**e, "resume": known.get(e["playable_id"])}) for e in found["items"]],
        degraded=["resume"] if resumes is not None and resumes.degraded else [],
    )
