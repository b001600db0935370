"""The schema's history: one file a revision, run by `services.storage.schema.upgrade`."""
