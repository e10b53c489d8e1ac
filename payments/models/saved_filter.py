"""Searches of the history that somebody wants to use again."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from payments.models.merchant import MerchantAccount


class SavedFilter(models.Model):
    """A search by name, of one person in one account. `query` is what stands behind the `?` of the list's address."""

    account = models.ForeignKey(MerchantAccount, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=500)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("account", "user", "name"), name="one_filter_a_name"),)

    def __str__(self) -> str:
        return self.name
