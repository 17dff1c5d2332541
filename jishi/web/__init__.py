"""The web faces: server-rendered pages for buyers, shops and operators."""
