"""Choosing: the catalogue in memory, the models, their training and their evaluation. It knows neither HTTP nor SQL."""
