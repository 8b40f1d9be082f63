"""The ports on DynamoDB, SQS, KMS and Secrets Manager.

What a person must repair (no such table, no permission, an unusable secret) is a ``ConfigurationError``. AWS
failing for a while is botocore's own error, after bounded retries: the invocation fails and its source redelivers.
"""
