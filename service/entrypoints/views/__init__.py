"""What an answer is: one file a noun, in JSON and in CSV, the same at every entry point."""
