"""Policy files, rules, and how they are matched. Only `loader` does I/O."""
