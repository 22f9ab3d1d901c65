"""The check of a writer's draft: read · match · judge · report, pure functions from text and `kb.db` to a result."""
