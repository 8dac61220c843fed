"""What goes on in the background, inside the service or beside it."""
