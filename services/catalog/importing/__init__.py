"""Files of titles: how they are read, and what a mapping makes of their rows."""
