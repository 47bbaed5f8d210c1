"""`python -m hub.jupyterhub --config jupyterhub_config.py`."""

from hub.jupyterhub.app import main

if __name__ == "__main__":
    main()
