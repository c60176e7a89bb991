"""The platform on one machine with a container engine: docker-compose.yml, made from the table of the platform."""
