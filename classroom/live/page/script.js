// Every word from the server is set as text: nothing that a student writes becomes markup.
"use strict";
const SECONDS = 10;
const byId = (id) => document.getElementById(id);

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

function row(student, number, exercises) {
  const name = byId("hide").checked ? `student ${number + 1}` : student.name;
  const made = document.createElement("tr");
  made.append(element("th", name, { scope: "row" }));
  made.append(...exercises.map(([, exercise]) => cell(student.cells[exercise])));
  return made;
}

function show(state) {
  byId("said").textContent = state.error || `${state.students.length} students. Read at ${new Date().toLocaleTimeString()}.`;
  if (state.error) return;
  const head = document.createElement("tr");
  head.append(element("th", "student", { scope: "col" }));
  head.append(...state.exercises.map((pair) => element("th", pair.join(" "), { scope: "col" })));
  byId("head").replaceChildren(head);
  byId("body").replaceChildren(...state.students.map((one, n) => row(one, n, state.exercises)));
  byId("where").replaceChildren(...state.class_is_at.map(([[exercise, title, hint], students]) =>
    element("li", `${students} at ${exercise}: ${title}. Say to all: ${hint}`)));
}

let last; // what the server said last

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
