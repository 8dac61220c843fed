"""What CRMs export, as requests to classify: pure, from the text of cells to facts."""
