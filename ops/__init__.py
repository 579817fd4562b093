"""The process edge: settings, wiring, metrics, logs, health and the simulator; nothing imports it."""
