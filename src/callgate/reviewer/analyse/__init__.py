"""What one rule covers, which others speak of the same, whether it can be got around, and what it costs."""
