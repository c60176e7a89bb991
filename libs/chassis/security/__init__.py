"""Who is asking: access tokens, what is revoked, and the policies that routes declare."""
