"""The plugin host: discovery, the pluggy manager, isolation and migrations per plugin."""
