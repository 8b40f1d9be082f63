"""The acts of the demo, in the order in which they are played."""
