"""What is typed about currencies and rates. What they must look like is said where they are kept."""

from __future__ import annotations

from django import forms

_MOST_FILE_BYTES = 5_000_000


class CurrencyForm(forms.Form):
    """A currency's code, or nothing."""

    currency = forms.CharField(max_length=3, required=False)

    def clean_currency(self) -> str:
        """Typed in small letters it means the same."""
        return str(self.cleaned_data["currency"]).upper()


class RateForm(CurrencyForm):
    """What a bitcoin is worth from now on."""

    currency = forms.CharField(max_length=3)
    price = forms.CharField(max_length=20)


class RateFileForm(forms.Form):
    """A file of rates."""

    file = forms.FileField(max_length=200)

    def clean_file(self) -> tuple[str, str]:
        """Its name, and its text."""
        file = self.cleaned_data["file"]
        if file.size > _MOST_FILE_BYTES:
            raise forms.ValidationError("This file is too large: split it.")
        try:
            return str(file.name), file.read().decode("utf-8")
        except UnicodeDecodeError:
            raise forms.ValidationError("This file is no text in UTF-8.") from None
