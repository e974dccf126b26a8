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
  return `${back}${state.students.length} students${notBegun}. Read at ${new Date().toLocaleTimeString()}.`;
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

function show(state) {
  byId("said").textContent = state.error || summary(state);
  lost = Boolean(state.error);
  if (lost) return;
  const head = document.createElement("tr");
  head.append(element("th", "student", { scope: "col" }));
  head.append(...state.exercises.map((pair) => element("th", pair.join(" "), { scope: "col" })));
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
