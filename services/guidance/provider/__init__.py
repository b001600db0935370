"""The provider of a model: an OpenAI-compatible server, how it is asked, how its answer is read, how it fails."""
