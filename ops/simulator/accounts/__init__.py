"""The accounts service of the simulator: who consents to what, and the tokens that a consent is worth."""
