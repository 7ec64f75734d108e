"""Open letters that organizations sign: frozen texts, authorized signers, and who has signed."""
