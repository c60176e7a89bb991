"""The demo catalogue: invented titles, their artwork and clips, and the program that puts them in by the public API."""
