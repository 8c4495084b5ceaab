"""The card that a check shows, as HTML and as text."""
