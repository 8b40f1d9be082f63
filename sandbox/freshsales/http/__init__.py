"""The simulated account's HTTP API: paths, requests and answers; rules live outside."""
