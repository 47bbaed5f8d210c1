"""What JupyterHub reads; AgriGen's settings come from the environment (python -m hub check).

Change a setting by its variable (AGRIGEN_...). To change JupyterHub itself, add lines below, e.g.
    c.JupyterHub.log_level = "DEBUG"
"""

from hub.jupyterhub.configure import configure
from hub.settings import Settings

configure(c, Settings())  # noqa: F821 - JupyterHub gives this file the name `c`
