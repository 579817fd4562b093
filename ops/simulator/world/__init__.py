"""The fake catalogue: what there is, invented and grown from one seed; nothing in it ever changes."""
