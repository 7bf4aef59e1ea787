"""What waits for a person: speeches and contested responses, and the page to decide on them."""
