"""Three ways from a question to an answer by calls of tools, over one scripted model and one set of tools."""
