"""Floor 2: thin MCP faces over the tools, and the gateway to other people's servers."""
