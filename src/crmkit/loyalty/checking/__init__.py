"""What is odd about a programme, before it is run."""
