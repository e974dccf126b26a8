// Every word from the server is set as text: nothing that a student writes becomes markup.
"use strict";
const SECONDS = 10;
const byId = (id) => document.getElementById(id);

let last; // the newest state
let lost = false; // whether the tracking server did not answer the last time

function element(kind, text, attributes = {}) {
  const made = document.createElement(kind);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function cell(found) {
  if (!found) return element("td", "");
  const times = found.attempts === 1 ? "1 attempt" : `${found.attempts} attempts`;
  const said = {
    solved: `✓ ${times}`,
    trying: `◐ ${times}`,
    stuck: `■ ${times}, ${found.minutes} min`,
  }[found.state];
  return element("td", said, { class: found.state, title: found.at ? `at: ${found.at}` : "" });
}

function rows(students, first, exercises) {
  return students.map((student, n) => row(student, first + n, exercises));
}

function row(student, number, exercises) {
  const name = byId("hide").checked ? `student ${number + 1}` : student.name;
  const made = document.createElement("tr");
  made.append(element("th", name, { scope: "row" }));
  if (last.roster && !Object.keys(student.cells).length) {
    made.append(element("td", "not begun", { colspan: exercises.length }));
    return made;
  }
  made.append(...exercises.map(([, exercise]) => cell(student.cells[exercise])));
  return made;
}

function summary(state) {
  const begun = state.students.filter((student) => Object.keys(student.cells).length).length;
  const notBegun = state.roster ? `, ${state.students.length - begun} of them not begun` : "";
  const back = lost ? "The tracking server answers again. " : "";
  const students = state.students.length === 1 ? "1 student" : `${state.students.length} students`;
  return `${back}${students}${notBegun}. Read at ${new Date().toLocaleTimeString()}.`;
}

function question({ name, question, votes }) {
  const all = votes.reduce((sum, [, number]) => sum + number, 0);
  const id = name.replace(" ", "-");
  const asked = element("details", "", { id, ...(byId(id)?.open && { open: "" }) });
  const bars = element("ul", "");
  bars.append(...votes.map(([choice, number]) => {
    const item = element("li", `${number} ${choice}`);
    item.prepend(element("meter", "", { max: all, value: number, "aria-label": choice }));
    return item;
  }));
  asked.append(element("summary", `${name}: ${all} answered`), element("p", question), bars);
  return asked;
}

// Each pair is a square over its gain; the line below them is the interval of the mean.
function drawing({ gains, mean, interval, text }) {
  const [WIDTH, HEIGHT, COLUMNS] = [820, 180, 41]; // an odd number: ties have a column
  const most = Math.max(...gains.map(Math.abs), 1);
  const x = (gain) => WIDTH / 2 + (gain / most) * (WIDTH / 2) * (1 - 1 / COLUMNS);
  const columns = Map.groupBy(gains, (gain) => Math.round((gain / most) * (COLUMNS - 1) / 2));
  const side = Math.min(WIDTH / COLUMNS, HEIGHT / Math.max(...[...columns.values()].map((all) => all.length)));
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT + 40}`, role: "img", "aria-label": text });
  for (const [column, all] of columns) {
    all.forEach((_, n) => picture.append(svg("rect", {
      x: WIDTH / 2 + column * WIDTH / COLUMNS - side / 2, y: HEIGHT - side * (n + 1),
      width: side * 0.9, height: side * 0.9, class: column > 0 ? "won" : column < 0 ? "lost" : "tied",
    })));
  }
  picture.append(svg("line", { x1: WIDTH / 2, x2: WIDTH / 2, y1: 0, y2: HEIGHT + 20 }));
  if (interval) {
    picture.append(svg("line", { x1: x(interval[0]), x2: x(interval[1]), y1: HEIGHT + 10, y2: HEIGHT + 10, class: "interval" }));
  }
  picture.append(svg("circle", { cx: x(mean), cy: HEIGHT + 10, r: 5 }));
  for (const [gain, anchor] of [[-most, "start"], [0, "middle"], [most, "end"]]) {
    const label = svg("text", { x: anchor === "start" ? 0 : anchor === "end" ? WIDTH : WIDTH / 2, y: HEIGHT + 36, "text-anchor": anchor });
    label.textContent = gain > 0 ? `TPE better by ${gain}` : gain < 0 ? `random better by ${-gain}` : "0";
    picture.append(label);
  }
  return picture;
}

function svg(kind, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function comparison(measure) {
  const part = element("section", "");
  part.append(element("h3", measure.title), element("p", measure.text), drawing(measure));
  return part;
}

function show(state) {
  byId("said").textContent = state.error || summary(state);
  lost = Boolean(state.error);
  if (lost) return;
  const head = document.createElement("tr");
  head.append(element("th", "student", { scope: "col" }));
  head.append(...state.exercises.map((pair) => element("th", pair.join(" ").replaceAll("_", "_\u200b"), { scope: "col" }))); // may break there
  byId("head").replaceChildren(head);
  byId("body").replaceChildren(...rows(state.students, 0, state.exercises));
  const others = rows(state.not_listed, state.students.length, state.exercises);
  if (others.length) {
    const title = element("th", "not on the list", { scope: "rowgroup", colspan: state.exercises.length + 1 });
    const heading = document.createElement("tr");
    heading.append(title);
    others.unshift(heading);
  }
  byId("others").replaceChildren(...others);
  byId("where").replaceChildren(...state.class_is_at.map(([[exercise, title, hint], students]) =>
    element("li", `${students} at ${exercise}: ${title}. Say to all: ${hint}`)));
  const focused = document.activeElement.parentElement?.id; // a reader's place in the list
  byId("questions").replaceChildren(...state.questions.map(question));
  byId("experiment").hidden = !state.pairs.length;
  byId("pairs").replaceChildren(...state.pairs.map(comparison));
  if (focused) byId(focused)?.querySelector("summary").focus();
}

async function refresh() {
  try {
    last = await (await fetch("state")).json();
    show(last);
  } catch (error) {
    byId("said").textContent = "This page no longer reaches `make class`: start it again.";
  }
  setTimeout(refresh, SECONDS * 1000);
}

byId("hide").addEventListener("change", () => last && show(last));
refresh();
