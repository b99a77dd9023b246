"""The camera: which one is attached, what it offers, who holds it, and what it shows."""
