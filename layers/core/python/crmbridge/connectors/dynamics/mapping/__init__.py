"""Their JSON ⇄ our records, pure; import the module that is needed, so that nobody pays for the others."""
