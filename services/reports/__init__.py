"""The billing report and its formats."""
