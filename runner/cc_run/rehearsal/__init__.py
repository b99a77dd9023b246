"""The whole procedure on simulated equipment (gladi): the same commands, nothing real touched."""
