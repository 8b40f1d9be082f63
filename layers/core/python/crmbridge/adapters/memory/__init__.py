"""The ports in plain dictionaries: the same promises as ``adapters/aws``, fast enough to simulate with."""
