"""Recommendations: from what a group asked for to what came of it, as steps that stay readable for ever."""
