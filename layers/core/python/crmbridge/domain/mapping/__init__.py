"""What a workspace changes about where one CRM holds the hub's fields, and in which words; pure."""
