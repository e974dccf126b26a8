// The page Try it: hand each cell to Python in a worker, and show what comes back.
const find = (selector) => document.querySelector(selector);
const [status, bar, stop, tree] = ["status", "bar", "stop", "tree"].map((name) => find(`#try-${name}`));
const cells = [...document.querySelectorAll(".try-cell")];
let worker, database, ready, running;

function say(sentence, isBusy = false) {
    status.textContent = sentence;
    stop.disabled = !isBusy;
    for (const cell of cells) cell.querySelector("button").disabled = isBusy;
}

function giveUp(reason) {
    worker?.terminate();
    worker = ready = running = undefined;
    bar.hidden = true;
    say(`MLflow did not start in this page: ${reason}. Are you offline? Run a cell to try again. Until then, here is a recording.`);
    find("#try-recording").hidden = false;
}

function start() {
    ready = false;
    bar.hidden = false;
    bar.value = 0;
    try {
        worker = new Worker(new URL("worker.mjs", import.meta.url), { type: "module" });
    } catch (error) {
        return giveUp(error.message);
    }
    worker.onmessage = receive;
    worker.onerror = (event) => giveUp(event.message || "a file could not be loaded");
    worker.postMessage({ database });
}

function receive({ data }) {
    if (data.failed) giveUp(data.failed);
    if (data.doing) {
        bar.value = data.step;
        if (running) say(data.doing, true);
    }
    if (data.ready) {
        ready = bar.hidden = true;
        find("#try-recording").hidden = true;
        if (running) send();
    }
    if (data.result) show(data);
}

function send() {
    say("Running …", true);
    worker.postMessage({ cell: running.querySelector("textarea").value });
}

function show({ result, database: saved }) {
    database = saved;
    const output = running.querySelector("output");
    output.textContent = result.printed + result.problem;
    output.hidden = !output.textContent;
    output.classList.toggle("try-problem", Boolean(result.problem));
    tree.innerHTML = result.tree;
    running = undefined;
    say(result.problem ? "The cell ended with an error." : "Done. The runs are in the tree below.");
}

function run(cell) {
    if (running) return;
    running = cell;
    cell.querySelector("output").hidden = true;
    if (ready) return send();
    say("Starting Python …", true);
    if (!worker) start();
}

stop.onclick = () => {
    worker.terminate();
    running = undefined;
    say("Stopped. Runs of earlier cells are kept. Variables are gone: run the first cell again.");
    start();
    cells[0].querySelector("button").focus();
};
for (const cell of cells) {
    cell.querySelector("button").onclick = () => run(cell);
    cell.querySelector("textarea").onkeydown = (event) => {
        if (event.key !== "Enter" || !(event.shiftKey || event.ctrlKey)) return;
        event.preventDefault();
        run(cell);
    };
}
if (typeof WebAssembly === "object") {
    say("Ready. The first Run takes a while, because it loads Python and MLflow.");
} else {
    status.textContent = "This browser has no WebAssembly, which Python needs here. Here is a recording instead.";
    find("#try-recording").hidden = false;
}
