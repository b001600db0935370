"""Access tokens: who may come in from outside, issued, checked and revoked."""
