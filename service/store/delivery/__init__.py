"""What is to be delivered to whom, and what came of it."""
