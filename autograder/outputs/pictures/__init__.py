"""Pictures for pages, drawn as SVG or as tables."""
