"""The ``crmbridge`` command line: what people and scripts do with a deployment, through its API and nothing else."""
