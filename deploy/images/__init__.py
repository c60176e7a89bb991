"""One image for each deployable, from one Dockerfile that is made from the table of the platform."""
