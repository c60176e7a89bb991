"""One file per title: how its picture is composed, upright for the poster and wide for the backdrop."""
