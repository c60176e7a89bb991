"""What several bodies of playback share, and what their examples are about."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

# Who the examples are about.
FILM = "01993a02-71b4-7c58-9e2d-4f6a8b0c2d13"
PLAYABLE = "01993a02-71b5-7a0b-8d4c-9e1f3a5b7c2e"
DEVICE = "01993b7e-5c20-7f03-b1c8-6d4e2a9c7f58"
SESSION = "0199a4d0-8e2f-7b35-8c91-7d0e4f2a6b18"
SESSION_BEFORE = "0199a4c2-1b7d-7e04-95f3-2c8a6d0e4b71"
TAKEOVER = "Xo3cV7dLw0yT5sKfHn8uE4aGzR2bQmJ9"
ASSET = "01993a05-2f60-7e91-a7b3-c5d8e1f40962"
GRANT = f"/media/1796000000~{ASSET}~{SESSION}~1080~3f7a"
Fencing = Annotated[int, Field(description="The lease's number: only the newest holder of a slot is heard.")]
Ordinal = Annotated[int, Field(description="Its number in the series; null for films.")]
