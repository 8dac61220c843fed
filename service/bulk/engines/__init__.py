"""The engines that a table is decided on, each by its own way in and out."""
