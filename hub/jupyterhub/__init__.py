"""JupyterHub as AgriGen runs it: sign-in, roles, user servers, services behind one address."""
