"""The simulated company's HTTP API: paths, requests and answers; rules live outside."""
