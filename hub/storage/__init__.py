"""How the hub keeps things: PostgreSQL in transactions, large objects by hash, DynamoDB by key."""
