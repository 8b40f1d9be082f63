"""Time and calls that 100,000 contacts take at each CRM under its limits, on a clock that skips waiting."""
