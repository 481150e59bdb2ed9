"""What every request and answer shares: parameters, forms of answers, refusals, tags, headers."""
