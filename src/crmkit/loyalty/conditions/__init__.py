"""Where a rule holds: conditions on lines, baskets and accounts, and masks over columns."""
