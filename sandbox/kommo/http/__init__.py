"""Kommo's HTTP: paths, bodies, refusals."""
