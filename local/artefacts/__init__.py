"""How `sam build` makes the layers and functions on any host."""
