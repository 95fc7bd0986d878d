"""Who bears which cost of a delivery, and quotes made comparable."""
