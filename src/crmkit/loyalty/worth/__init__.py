"""What a programme costs and owes: breakage, liability, return."""
