"""The seeded simulator: the pure engine, memory adapters and strict in-memory CRMs under one scheduler."""
