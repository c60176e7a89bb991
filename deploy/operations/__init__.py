"""What an operator does with a whole platform, wherever it runs: look at it, copy it, put it back, change its keys, empty it."""
