"""JSON objects as the Web API shows them; each lacks exactly what its profile lost."""
