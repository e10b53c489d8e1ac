"""How fast and how well routes are found, measured: what `manage.py bench_routes` does. Nothing that pays imports this."""
