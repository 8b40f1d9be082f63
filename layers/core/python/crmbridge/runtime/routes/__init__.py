"""The routes of the API, each declared once: served, checked and described from the same lines."""
