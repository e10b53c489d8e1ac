"""The way in for shops' software: JSON under `/api/v1/`. It reads and asks exactly as pages do, and says the same sentences."""
