"""Data a province may replace: classes, rules, code profiles, policies."""
