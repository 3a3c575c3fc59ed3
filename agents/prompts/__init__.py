"""The shipped prompts, one Markdown file a role; `questline.agents.prompting` loads them."""
