"""Any two of the CRMs, and all at once, kept in step over a shared set of hard records; what each makes of them."""
