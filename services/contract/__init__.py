"""The words all rooms share: request and view types, errors, principals, page tokens, clock, ids. The ground floor."""
