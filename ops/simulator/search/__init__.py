"""Search over the fake catalogue: a result really matches its query."""
