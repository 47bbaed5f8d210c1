"""What every extension shares: declared routes, identity, errors, OpenAPI."""
