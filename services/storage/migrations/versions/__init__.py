"""The revisions, each named `billinghelp_NNNN`; the last one is `services.storage.schema.HEAD`."""
