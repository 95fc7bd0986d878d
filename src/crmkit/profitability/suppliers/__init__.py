"""What a supplier costs in all, how much to order, and on which terms."""
