// Python with MLflow, in a worker: the page stays responsive, and can end it.
import { loadPyodide } from "./pyodide.mjs";

// Each version of these files has a folder of its own, so a copy in the cache is never outdated.
const load = self.fetch;
self.fetch = (address, options) => load(address, { ...options, cache: "force-cache" });

let python;

async function start(database) {
    postMessage({ step: 1, doing: "Loading Python …" });
    const packages = fetch(new URL("packages.zip", import.meta.url));
    python = await loadPyodide({ indexURL: new URL(".", import.meta.url).href });
    postMessage({ step: 2, doing: "Loading MLflow …" });
    const response = await packages;
    if (!response.ok) throw new Error(`packages.zip: ${response.status}`);
    python.unpackArchive(await response.arrayBuffer(), "zip", { extractDir: "/packages" });
    const empty = python.FS.readFile("/packages/mlflow.db");
    python.FS.writeFile("mlflow.db", database ?? empty);
    postMessage({ step: 3, doing: "Importing MLflow …" });
    python.runPython("import sys; sys.path.insert(0, '/packages'); import cells");
    postMessage({ step: 4, doing: "Opening the tracking database …" });
    python.runPython("cells.tree()");
    postMessage({ ready: true });
}

self.onmessage = async ({ data }) => {
    try {
        if ("cell" in data) {
            const run = python.pyimport("cells").run;
            const result = JSON.parse(run(data.cell));
            postMessage({ result, database: python.FS.readFile("mlflow.db") });
        } else await start(data.database);
    } catch (error) {
        postMessage({ failed: String(error.message ?? error).trim().split("\n").pop() });
    }
};
