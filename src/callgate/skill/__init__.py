"""What an agent is told of callgate: `SKILL.md`, the text of docs/agents.md in the form that Claude Code reads."""
