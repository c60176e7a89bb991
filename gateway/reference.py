"""What the API's document says beside its operations: the way in, and the subjects in the order of the product's story."""

from pathlib import Path

from libs.chassis.http.declared_problems import TRACE

INTRODUCTION = (Path(__file__).parent / "introduction.md").read_text(encoding="utf-8")

ACCESS = """\
The `access_token` of a sign-in: `POST /api/v1/auth/login`. It lasts for minutes; `POST /api/v1/auth/refresh` gives the next
one. On this page a sign-in that you try is used for every call after it."""

# As the edge's configuration words them.
THE_EDGES = tuple(
    {
        "type": f"urn:bijou:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "retryable": status >= 500,
        "trace_id": TRACE,
    }
    for status, code, title, detail in (
        (
            414,
            "address_too_long",
            "Address too long",
            "This address is longer than what is accepted here. Please ask for less at once.",
        ),
        (
            431,
            "headers_too_large",
            "Headers too large",
            "The headers of this request are larger than what is accepted here.",
        ),
        (
            502,
            "gateway_unreachable",
            "Gateway unreachable",
            "Bijou is starting or being updated. Please try again in a few seconds.",
        ),
        (504, "gateway_slow", "Gateway slow", "This is taking longer than it should. Please try again in a moment."),
    )
)

TAGS = {
    "Sign in": "Open an account, sign in, stay signed in, sign out. Every other call carries the access token.",
    "Profiles": "Who is watching. Selecting a profile binds the access token to it; what can be seen depends on it.",
    "Account": "The account itself: name, password, the devices it is used on and where it is signed in.",
    "Plans and payment": "Choose a plan, put a card on file, subscribe, cancel, read receipts.",
    "Browse": "The first page, lists of titles, a title and its episodes, ratings.",
    "Reviews": "What viewers write about titles: read, write, vote, report. None of it is for children's profiles.",
    "Recommendations": "What to watch, why, titles like another, and what a profile says it likes.",
    "Search": "Find titles by anything one half remembers, suggestions while typing, and a sentence instead of words.",
    "Playback": "Ask to play, keep the stream alive with heartbeats, and stop. The films themselves come from `/media`.",
    "Watching": "Positions, Continue Watching, history, and changes on the viewer's other devices as they happen.",
    "My List": "Titles a profile keeps for later, in an order of its own.",
    "Events": "What an app tells of itself: what it showed, what was chosen and searched for, how plays went, what failed.",
    "Experiments": "Which experiments and feature flags hold for a profile.",
    "Staff: titles": "For staff. Make titles, seasons and episodes, give them pictures, publish them.",
    "Staff: reviews": "For moderators. What waits for a decision, and the decision.",
    "Staff: reports": "For staff. What viewers look for and do not find, how playing goes, how good the data is.",
    "Staff: experiments": "For staff. Switch features, try things out, and judge what came of it.",
    "Staff: dead letters": "For super admins. Events that a service could not apply: read them, apply them again, drop them.",
    "Staff: users": "For staff. Look accounts up, close and open them, give and take roles.",
    "Staff: films": "For staff. Upload a master with tus 1.0 and follow its encoding.",
}
