"""All SQL of events: `viewings`, what is known of each; `reports`, what staff read of them."""
