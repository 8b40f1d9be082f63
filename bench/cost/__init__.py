"""What a million changed records cost on AWS: counts of the real handlers, at list prices."""
