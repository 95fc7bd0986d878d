"""What goods really cost, from the supplier to the shelf, and what they earn."""
