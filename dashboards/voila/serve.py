"""The lessons as JupyterHub service ``lessons``: ``python -m dashboards.voila.serve``.

JupyterHub says where to listen and signs people in (``JUPYTERHUB_SERVICE_URL`` and
``JUPYTERHUB_SERVICE_PREFIX``). Each page has a kernel of its own, which only runs the lesson: its
environment is made of a few harmless names, so that no token of the service reaches it.
"""

import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from jupyter_server.utils import url_path_join
from jupyterhub.singleuser.extension import JupyterHubIdentityProvider
from tornado.web import RequestHandler
from traitlets.config import Config
from voila.app import Voila

from dashboards.headers import lesson_answers

HERE = Path(__file__).parent
CHECKOUT = HERE.parent.parent
IDLE_KERNEL_SECONDS = 900  # a page left open on a phone must not hold memory for a day
WIDGET_EXTENSIONS = ["@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8"]

# An allowlist, not a list of secrets to remove: a name that nobody thought of stays out.
KERNEL_NAMES = frozenset(
    {
        *("PATH", "HOME", "USER", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "VIRTUAL_ENV"),
        *("NUMBA_CACHE_DIR", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
        *("MPLCONFIGDIR", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR"),
    }
)


def kernel_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What a lesson's kernel may know of the environment of the service."""
    known = {name: value for name, value in environment.items() if name in KERNEL_NAMES}
    # Files of the lesson are found whatever folder the kernel starts in, and two cores are shared.
    return {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", **known, "PYTHONPATH": str(CHECKOUT)}


class LessonKernels(AsyncMappingKernelManager):
    """Starts kernels with the clean environment."""

    async def start_kernel(self, **kwargs: Any) -> str:
        kwargs["env"] = kernel_environment(os.environ)
        return await super().start_kernel(**kwargs)


class LessonIdentity(JupyterHubIdentityProvider):
    """JupyterHub's sign-in, mended for Voila and for a service that several people share."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.pop("token", None)  # Voila hands one over; here it is read-only
        super().__init__(**kwargs)

    @property
    def token(self) -> str:
        """Empty: the stock value is the service's own token, and pages would print it."""
        return ""

    def page_config_hook(
        self, handler: RequestHandler, page_config: dict[str, Any]
    ) -> dict[str, Any]:
        """Add nothing to pages: the stock hook adds the visitor's token."""
        return page_config

    def get_handlers(self) -> list[tuple[Any, ...]]:
        """Sign-in routes below the prefix; Voila 0.5 forgets it and redirects for ever."""
        prefix = os.environ["JUPYTERHUB_SERVICE_PREFIX"]
        return [(url_path_join(prefix, path), *rest) for path, *rest in super().get_handlers()]


class Lessons(Voila):
    """Voila whose every answer carries our headers, whichever handler gives it."""

    name = "voila"

    def listen(self) -> None:
        self.app.add_transform(lesson_answers(os.environ.get("JUPYTERHUB_PUBLIC_URL", "")))
        super().listen()


def configuration(environment: Mapping[str, str]) -> Config:
    """Voila's settings for the address and prefix that JupyterHub gave."""
    address = urlparse(environment["JUPYTERHUB_SERVICE_URL"])
    config = Config()
    config.Voila.identity_provider_class = LessonIdentity
    config.Voila.ip = address.hostname
    config.Voila.port = address.port
    config.Voila.port_retries = 0
    config.Voila.base_url = environment["JUPYTERHUB_SERVICE_PREFIX"]
    config.Voila.open_browser = False
    config.Voila.root_dir = str(HERE)
    public = environment.get("JUPYTERHUB_PUBLIC_URL", "")
    cookies = {"samesite": "Lax", "secure": public.startswith("https://")}
    config.Voila.tornado_settings = {"xsrf_cookie_kwargs": cookies}
    config.VoilaConfiguration.template = "lesson"
    config.VoilaConfiguration.allow_template_override = "NO"
    config.VoilaConfiguration.show_tracebacks = False
    config.VoilaConfiguration.file_allowlist = []
    # Widgets only; other JupyterLab extensions of the environment fail in a page of Voila.
    config.VoilaConfiguration.extension_allowlist = WIDGET_EXTENSIONS
    config.VoilaConfiguration.multi_kernel_manager_class = LessonKernels
    config.MappingKernelManager.cull_idle_timeout = IDLE_KERNEL_SECONDS
    config.MappingKernelManager.cull_interval = 60
    config.HubOAuth.cache_max_age = 5  # a withdrawn role or an ended session counts after this
    return config


def main() -> None:
    """Serve until stopped."""
    missing = [
        name
        for name in ("JUPYTERHUB_SERVICE_URL", "JUPYTERHUB_SERVICE_PREFIX", "JUPYTERHUB_API_TOKEN")
        if not os.environ.get(name)
    ]
    if missing:
        sys.exit(
            f"The lessons run as a service of JupyterHub, which sets {', '.join(missing)}; start "
            "them with `make run`. To look at a lesson alone: "
            "voila dashboards/voila/inheritance.ipynb"
        )
    paths = [str(HERE / "share"), os.environ.get("JUPYTER_PATH", "")]
    os.environ["JUPYTER_PATH"] = os.pathsep.join(path for path in paths if path)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    app = Lessons.instance(config=configuration(os.environ))
    app.initialize([str(HERE / "inheritance.ipynb")])
    app.start()


if __name__ == "__main__":
    main()
