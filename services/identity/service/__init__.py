"""Use cases of identity: accounts, sign-in sessions, profiles, devices."""
