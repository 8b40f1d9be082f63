"""What makes new rooms: ``python -m scaffold close --label Close`` furnishes a CRM's place in every room."""
