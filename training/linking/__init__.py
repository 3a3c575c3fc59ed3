"""Learn to link the words of plain questions to the columns and cells of tables."""
