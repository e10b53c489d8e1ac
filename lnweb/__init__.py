"""The project around the app: settings, addresses and the ASGI door. Wiring only; no rule about money lives here."""
