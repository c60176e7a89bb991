"""What a service is from outside: routes, problems, the API's document, limits, and how it listens."""
