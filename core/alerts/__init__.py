"""Alert rules and the engine that runs them; they arrive with the alerts part of the road."""
