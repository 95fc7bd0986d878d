"""Frequent itemsets: counting pairs, bitmaps of classes, levels, and what follows from them.

Items are renumbered by ascending count while searching, so that item 0 is the rarest frequent one.
"""
