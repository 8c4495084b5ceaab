"""Code of a student's own repository: visible checks on every push, and submit-check before a notebook is handed in."""
