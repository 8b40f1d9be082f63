"""When and what to write to somebody who has fallen silent, and when not to."""
