"""Pure rules of selling: scores, owners, automation and follow-ups, each from a workspace's own data."""
