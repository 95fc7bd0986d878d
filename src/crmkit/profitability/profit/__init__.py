"""From gross sales to contribution, step by step."""
