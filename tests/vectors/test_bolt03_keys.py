"""BOLT 3, Appendix D (per-commitment secrets) and E (key derivation)."""

from __future__ import annotations

import pytest

from payments.lightning.channel import keys
from payments.lightning.crypto.errors import SecretDoesNotFit
from payments.lightning.crypto.shachain import LAST_INDEX, SecretStore, per_commitment_secret
from tests.vectors.files import load_vectors


def test_secrets_are_generated_as_appendix_d_says() -> None:
    for vector in load_vectors("bolt03-d-shachain.json")["generate"]:
        secret = per_commitment_secret(bytes.fromhex(vector["seed"]), LAST_INDEX - vector["I"])
        assert vector["output"] == secret.hex(), vector["name"]


def test_a_store_takes_what_fits_and_refuses_what_does_not() -> None:
    sequences = load_vectors("bolt03-d-shachain.json")["store"]
    refused = 0
    for sequence in sequences:
        store = SecretStore()
        for insert in sequence["inserts"]:
            number, secret = LAST_INDEX - insert["I"], bytes.fromhex(insert["secret"])
            if insert["output"] == "OK":
                store = store.insert(number, secret)
                assert secret == store.secret(number), sequence["name"]
                continue
            refused += 1
            with pytest.raises(SecretDoesNotFit):
                store.insert(number, secret)
    assert (9, 8) == (len(sequences), refused)


def test_keys_are_derived_as_appendix_e_says() -> None:
    vector = {name: bytes.fromhex(value) for name, value in load_vectors("bolt03-e-key-derivation.json").items()}
    base, point = vector["base_point"], vector["per_commitment_point"]
    assert vector["localpubkey"] == keys.derive_public_key(base, point)
    assert vector["localprivkey"] == keys.derive_private_key(vector["base_secret"], point)
    assert vector["revocationpubkey"] == keys.derive_revocation_public_key(base, point)
    assert vector["revocationprivkey"] == keys.derive_revocation_private_key(vector["base_secret"], vector["per_commitment_secret"])
