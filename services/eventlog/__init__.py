"""The event log: one interface, several engines, CloudEvents on all of them."""
