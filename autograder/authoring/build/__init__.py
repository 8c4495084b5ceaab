"""From sources to notebooks, and from notebooks to what students get."""
