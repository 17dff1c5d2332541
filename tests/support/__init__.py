"""What the tests stand on: databases, browsers and the guard around their pages."""
