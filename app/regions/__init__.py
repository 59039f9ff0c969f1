"""Regions: Kemendagri's codes, from province down to kelurahan. Reference data, read by anybody."""
