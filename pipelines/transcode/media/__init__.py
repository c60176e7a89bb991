"""The engine: a source file in, a checked CMAF directory out; knows no database and no HTTP."""
