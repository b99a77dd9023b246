"""What Zoom tells by itself: proved, kept at once, then noted in the event's journal."""
