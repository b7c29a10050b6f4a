"""What several functions share; packed beside each of them."""
