"""What runs a service: workers that poll, batch, back off and park; the outbox and its relay; dead letters."""
