"""The tables of the database, as the migrations make them."""
