"""MathReal: questions photographed from school books, asked in six settings and scored in parts (spec 10)."""
