"""From an article to an account's post: sandboxed templates, marked parts, the fit."""
