"""Was it worth the money? Cash flows, programmes, customer value, return on stock."""
