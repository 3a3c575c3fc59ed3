"""The models: the embedded encoder, and language models behind one gateway."""
