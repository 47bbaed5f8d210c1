"""`python -m agrigen._kernels` compiles every kernel, so that nobody waits for it later.

Compiling takes one processor, so the kernels of models and those of markers are done side by side.
"""

import subprocess
import sys

from agrigen._kernels.warm import warm_markers, warm_models

if sys.argv[1:] == ["markers"]:
    warm_markers()
else:
    beside = subprocess.Popen([sys.executable, "-m", "agrigen._kernels", "markers"])
    warm_models()
    sys.exit(beside.wait())
