"""Makes the demo's short films from scripts: painted layers under a moving camera, weather, lettering, music and captions."""
