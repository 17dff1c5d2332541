"""The outside, one Protocol each, with a working local implementation first."""
