"""The agents of the writer's two reward signals (arXiv:2508.21476): a team that labels texts, and a game over rules."""
