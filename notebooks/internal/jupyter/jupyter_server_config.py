"""What Jupyter's server does differently for the course: opening a notebook does not change it.

JupyterLab notes in every notebook that it opens what the kernel says about its language, the version of Go among it, and
marks the notebook as changed. So it gets the notebook with that in it, and the file gets what it had.
"""
import os

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

FILE = {"file_extension": ".go", "mimetype": "text/x-go", "name": "go", "pygments_lexer": "go"}
KERNEL = {**FILE, "version": os.environ.get("GPTBOOK_GO_VERSION"),
          "pygments_lexer": "", "codemirror_mode": "", "nbconvert_exporter": ""}


def describe(model, language):
    metadata = (model.get("content") or {}).get("metadata", {}) if model.get("type") == "notebook" else {}
    if metadata.get("kernelspec", {}).get("name") == "gonb":
        metadata["language_info"] = dict(language)
    return model


class Contents(AsyncLargeFileManager):
    async def get(self, *args, **kwargs):
        return describe(await super().get(*args, **kwargs), KERNEL)

    async def save(self, model, path=""):
        return await super().save(describe(model, FILE), path)


c.ServerApp.contents_manager_class = Contents  # noqa: F821, Jupyter defines c
