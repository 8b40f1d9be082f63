"""How good a lead or a deal is, and why: scores with their explanation, tags, owners, notes, status."""
