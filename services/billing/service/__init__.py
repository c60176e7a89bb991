"""Use cases of billing: charging, payment methods, subscriptions and their renewal."""
