"""Who gets a lead: the five factors, shares, capacity, working hours, hand-off."""
