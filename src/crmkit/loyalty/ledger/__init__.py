"""What an evaluation leaves behind: entries, balances, lots, tiers, explanations."""
