"""Keep N CRMs in step: the library behind every Lambda function of CRM Bridge."""
