"""How a programme is declared: rules, groups, policies, tiers."""
