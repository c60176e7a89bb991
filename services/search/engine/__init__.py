"""The index and all that finds and orders in it: text, queries, candidates, ranking. It knows neither HTTP nor SQL."""
