"""Territory: divisions and their borders, who may write where on a day, and whose consent is needed."""
