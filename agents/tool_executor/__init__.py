"""One task of a plan carried out with the tools of its server: by one typed call, or by a language model's calls."""
