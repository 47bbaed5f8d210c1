"""The API documentation in the browser: Swagger UI over our OpenAPI document."""

from pathlib import Path
from typing import ClassVar

from tornado.web import authenticated

from extensions.base.handler import HubHandler
from extensions.base.pages import FileHandler, PageHandler

_HERE = Path(__file__).parent / "static"
_SWAGGER = Path("node/node_modules/swagger-ui-dist")
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="xsrf" content="$xsrf">
<title>AgriGen API</title>
<link rel="icon" type="image/png" href="$base/docs/swagger/favicon-32x32.png">
<link rel="stylesheet" href="$base/docs/swagger/swagger-ui.css">
<link rel="stylesheet" href="$base/docs/files/docs.css">
</head>
<body>
<header><a href="/hub/home">AgriGen hub</a> <span>Signed in as $username</span></header>
<main id="swagger" data-document="$base/api/v1/openapi.json">
<noscript>This page needs JavaScript. The document itself: $base/api/v1/openapi.json</noscript>
</main>
<script src="$base/docs/swagger/swagger-ui-bundle.js"></script>
<script type="module" src="$base/docs/files/docs.js"></script>
</body>
</html>
"""


class SwaggerFiles(FileHandler):
    """Files of the npm package `swagger-ui-dist`, installed under the hub's home."""

    names: ClassVar[frozenset[str]] = frozenset(
        {"swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"}
    )

    def path_of(self, name: str) -> Path:
        return self.app.settings.home / _SWAGGER / name


class OwnFiles(FileHandler):
    """The few lines that start Swagger UI with the browser session."""

    folder: ClassVar[Path] = _HERE
    names: ClassVar[frozenset[str]] = frozenset({"docs.css", "docs.js"})


class DocumentationPage(PageHandler):
    """Every operation with its permission, its examples and a button that tries it."""

    @authenticated
    def get(self) -> None:
        self.page(_PAGE, username=self.current_user.username)


class Home(PageHandler):
    """The bare address of the service leads to the documentation."""

    @authenticated
    def get(self) -> None:
        self.redirect(f"{self.app.base_url}/docs")


PAGES: tuple[tuple[str, type[HubHandler]], ...] = (
    (r"/?", Home),
    (r"/docs/?", DocumentationPage),
    (r"/docs/files/([a-z.-]+)", OwnFiles),
    (r"/docs/swagger/([a-z0-9.-]+)", SwaggerFiles),
)
