"""What other systems are told: events of records and of integrations, and notices for people."""
