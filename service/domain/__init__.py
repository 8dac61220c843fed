"""What is decided, and why: pure values and functions, no input or output."""
