"""Who picks the workflow of a question, turn by turn: constants, rules, or a language model."""
