"""Seeded generators of shops whose truth is known."""
