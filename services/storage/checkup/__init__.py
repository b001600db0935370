"""What `billinghelp db check` looks at in a database."""
