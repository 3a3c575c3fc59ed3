"""Judge greetings by principles: embedded, by a language model, and several of one query together."""
