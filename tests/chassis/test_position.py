"""How far an outbox is published, against every order in which transactions may take ids and commit."""

from hypothesis import given
from hypothesis import strategies as st

from libs.chassis.messaging.outbox_position import SETTLED_SECONDS, Gap, Position


def test_what_is_passed_becomes_a_gap_until_it_is_seen() -> None:
    position = Position()
    position.publish([1, 2, 5, 9], at=0)
    assert (position.upto, position.gaps) == (9, [Gap(3, 4, 0), Gap(6, 8, 0)])
    position.publish([7], at=1)
    assert position.gaps == [Gap(3, 4, 0), Gap(6, 6, 0), Gap(8, 8, 0)]
    assert [number for number in range(1, 12) if number in position] == [1, 2, 5, 7, 9]
    position.publish([3, 4], at=1)
    assert position.gaps == [Gap(6, 6, 0), Gap(8, 8, 0)]


def test_a_gap_is_kept_while_a_transaction_that_might_fill_it_is_under_way() -> None:
    position = Position()
    position.publish([3], at=0)
    position.forget(oldest=50, next_one=60, at=1)
    assert position.gaps, "whoever has the id may not have its own number yet"
    position.forget(oldest=50, next_one=70, at=SETTLED_SECONDS)
    assert position.gaps[0].fence == 70
    position.forget(oldest=69, next_one=90, at=SETTLED_SECONDS + 1)
    assert position.gaps, "a transaction from before the fence is still running"
    position.forget(oldest=70, next_one=95, at=SETTLED_SECONDS + 2)
    assert position.gaps == []


@given(st.data())
def test_every_commit_is_published_once_and_nothing_is_watched_for_ever(data: st.DataObject) -> None:
    """Ids are transaction numbers here too. A step begins, commits or aborts one, or is the relay's: a pass, a crowd."""
    position, published = Position(), list[int]()
    running, visible, newest, at = set[int](), set[int](), 0, 0.0
    for _ in range(data.draw(st.integers(1, 40))):
        at += SETTLED_SECONDS / 2
        match data.draw(st.sampled_from(["begin", "commit", "abort", "pass", "pass", "pass by"])):
            case "begin":
                newest += 1
                running.add(newest)
            case "commit" if running:
                number = data.draw(st.sampled_from(sorted(running)))
                running.remove(number)
                visible.add(number)
            case "abort" if running:
                running.remove(data.draw(st.sampled_from(sorted(running))))
            case "pass by":
                position.pass_by(max(visible, default=0), at)
            case _:
                _pass(position, visible, published, min(running, default=newest + 1), newest + 1, at)
    visible |= running
    for late in range(1, 6):
        _pass(position, visible, published, newest + 1, newest + 1, at + late * SETTLED_SECONDS)
    assert sorted(published) == sorted(visible)
    assert position.gaps == []


def _pass(position: Position, visible: set[int], published: list[int], oldest: int, next_one: int, at: float) -> None:
    rows = sorted(number for number in visible if number not in position)
    seen = [n for n in rows if n > position.upto or any(gap.low <= n <= gap.high for gap in position.gaps)]
    published += seen
    position.publish(seen, at)
    position.forget(oldest, next_one, at)
