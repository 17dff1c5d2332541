"""The stories' provider, for payouts of those who leave."""

from tests.stories.conftest import local_provider, provider_process

__all__ = ["local_provider", "provider_process"]
