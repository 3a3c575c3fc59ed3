"""A language model that selects the passages which help to answer (arXiv:2507.19102): lists, a teacher, SFT."""
