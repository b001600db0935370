"""Tables, engine, migrations and search: the one room that knows which database it talks to."""
