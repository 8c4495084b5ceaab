"""How a course is read: its settings, its schedule, its paths and its sources."""
