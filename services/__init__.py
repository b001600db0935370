"""Everything that is not a screen. Imports no Textual."""
