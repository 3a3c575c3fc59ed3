"""The slot grammar of greetings: phrases of our own by occasion, person and theme, and the forms they are put into."""
