"""What runs in a student's own repository: visible checks on every push, and a look before a
notebook is handed in."""
