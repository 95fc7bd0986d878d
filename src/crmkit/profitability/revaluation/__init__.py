"""Late and corrected costs of goods that have partly left."""
