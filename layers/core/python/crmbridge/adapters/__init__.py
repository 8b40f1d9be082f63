"""The ports twice: ``aws`` for production, ``memory`` for tests and the simulator."""
