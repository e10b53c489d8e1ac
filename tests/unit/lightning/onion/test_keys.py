"""Keys of a hop: figures of BOLT 4's test vectors as literals."""

from __future__ import annotations

from payments.lightning.onion.keys import derive_key

# BOLT 4, bolt04/onion-error-test.json: secret and keys of the last hop.
SECRET = bytes.fromhex("b5756b9b542727dbafc6765a49488b023a725d631af688fc031217e90770c328")


def test_keys_are_those_of_the_specification() -> None:
    assert "4da7f2923edce6c2d85987d1d9fa6d88023e6c3a9c3d20f07d3b10b61a78d646" == derive_key("um", SECRET).hex()
    assert "2f36bb8822e1f0d04c27b7d8bb7d7dd586e032a3218b8d414afbba6f169a4d68" == derive_key("ammag", SECRET).hex()


def test_each_purpose_has_a_key_of_its_own() -> None:
    keys = {derive_key(kind, SECRET) for kind in ("rho", "mu", "um", "pad", "ammag", "ammagext")}
    assert 6 == len(keys)
