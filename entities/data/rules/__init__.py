"""The rules' words, one YAML file for each group of rules."""
