"""The crash-point sweep: every flow, every port call, every fault, one at a time."""
