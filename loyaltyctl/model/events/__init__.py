"""Loyalty events: what each type means, and the shapes in which one arrives."""
