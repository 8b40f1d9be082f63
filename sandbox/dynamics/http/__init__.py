"""The Web API over HTTP: calls, batches, sign-in."""
