"""Telling shops' software what has happened in its account: to whom, when again, and how nobody else is called by that."""
