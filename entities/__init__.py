"""What things are, were, and when: entities, their codes, their history, and the way they come in."""
