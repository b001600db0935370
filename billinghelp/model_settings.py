"""What of the settings concerns the model that phrases answers."""

from billinghelp.config import Settings
from services.guidance.provider.client import OPENAI_ADDRESS, ModelSettings


def model_settings(settings: Settings) -> ModelSettings:
    """Return how to reach the model that is configured.

    Raises:
        Refused: `CONFIG_INVALID`, when the model's address cannot be used.
    """
    key, limits = settings.openai_api_key, settings.guidance
    return ModelSettings(
        model=settings.model or "",
        base_url=settings.openai_base_url or OPENAI_ADDRESS,
        api_key=key.reveal() if key is not None else None,
        first_piece_within=limits.first_word_seconds,
        total_within=limits.answer_seconds,
        max_output_tokens=limits.max_output_tokens,
        max_output_tokens_field=limits.max_output_tokens_field,
    )
