"""Statements: findings and recommendations of groups, and paraphrases, up to words that two people approved."""
