"""How one says who may call an operation."""

from typing import NamedTuple

CONTENT = "staff:content_manager,super_admin"
USERS = "staff:super_admin,user_manager"
USERS_READ = "staff:super_admin,support,user_manager"

# What a child's profile (limited, or kids) meets.
SAME = "the same as a grown-up"
REFUSED = "403 by the policy"
BY_ROWS = "refused by what the rows say of its reach"
NOT_WHAT_OTHERS_WATCH = "not what others watch: tests/playback/test_heartbeat.py::test_a_child_takes_nobodys_place_over"
OWN_STREAM = "ends its own streams alone: test_a_child_stops_its_own_stream_and_nobody_elses"
SEES_LESS = "only what its age limit shows"
NOT_WHOSE = "not whose it is: tests/identity/test_accounts.py::test_a_child_does_not_learn_whose_account_it_is"


class Rule(NamedTuple):
    policy: str
    child: str = SAME
    proof: str | None = None  # of a path with an id: the test that others do not reach what it names


# Ids that belong to nobody: titles, episodes, uploads of the staff.
SHARED = "what it names is everybody's"
OWN_PROFILE = "kept by the caller's profile, whatever id is asked for"
