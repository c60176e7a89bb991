"""What every service stands on. No business noun lives here."""
