// Pack what the page Try it loads, and try it: node pack.mjs FOLDER, which has packages/ and node_modules/.
import process, { argv } from "node:process";
import { pathToFileURL } from "node:url";

// Without its source line, which would be megabytes long, an error is one line.
process.on("uncaughtException", (error) => {
    console.error(String(error.message).trim().split("\n").slice(-4).join(" ").slice(-600));
    process.exit(1);
});

const { loadPyodide } = await import(pathToFileURL(`${argv[2]}/node_modules/pyodide/pyodide.mjs`));
const python = await loadPyodide();
python.FS.mkdir("/build");
python.mountNodeFS("/build", argv[2]);
python.runPython(`
import py_compile
import shutil
import sys
from pathlib import Path

packages = Path("/packages")
shutil.copytree("/build/packages", packages)
sys.path.insert(0, str(packages))
import cells
cells.tree()
shutil.copy("mlflow.db", packages)
result = cells.run("""
import mlflow
with mlflow.start_run():
    mlflow.start_run(nested=True)
    mlflow.end_run()
""")
if "1 child run" not in result:
    raise RuntimeError(result)
# Compiled now, so that no visitor waits for it. Unpacking a file gives it a new time, so the time isn't compared.
for module in list(sys.modules.values()):
    path = getattr(module, "__file__", None) or ""
    if path.startswith("/packages/") and path.endswith(".py"):
        unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
        py_compile.compile(path, doraise=True, invalidation_mode=unchecked)
shutil.make_archive("/build/packages", "zip", packages)
`);
