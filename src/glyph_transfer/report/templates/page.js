"use strict";
const save = (name, text, type) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};
const csv = (table) => {
  const quoted = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const value = (cell) => quoted(cell.title || cell.textContent.trim());
  const shared = JSON.parse(table.parentElement.dataset.shared || "{}");
  const own = (row, n) => [...[...row.cells].map(value), ...(n ? Object.values(shared) : Object.keys(shared)).map(quoted)];
  return [...table.rows].map((row, n) => own(row, n).join(",")).join("\n") + "\n";
};
const drawing = (svg) => {
  const copy = svg.cloneNode(true);
  const colours = getComputedStyle(document.documentElement);
  const markup = copy.outerHTML.replace(/var\((--[\w-]+)\)/g, (_, name) => colours.getPropertyValue(name).trim());
  const ink = colours.getPropertyValue("--ink").trim();
  return markup.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"')
    .replace(">", `><style>text { fill: ${ink}; font-family: sans-serif }</style>`);
};
for (const button of document.querySelectorAll("button.save")) {
  button.addEventListener("click", () => {
    const table = button.parentElement.querySelector("table");
    const svg = button.parentElement.querySelector("svg");
    if (table) save(button.dataset.name, csv(table), "text/csv");
    else save(button.dataset.name, drawing(svg), "image/svg+xml");
  });
}
const fill = (figure) => {
  const body = figure.querySelector("tbody");
  if (body.rows.length) return;
  for (const row of JSON.parse(document.getElementById(figure.dataset.rows).textContent)) {
    const line = body.insertRow();
    for (const [text, sort, raw, tone] of row) {
      const cell = line.insertCell();
      const inside = tone ? cell.appendChild(document.createElement("span")) : cell;
      inside.textContent = text;
      if (tone) inside.className = `verdict ${tone}`;
      if (sort !== null) cell.dataset.sort = sort;
      if (raw) cell.title = raw;
    }
  }
  label(figure.querySelector("table"));
};
const waiting = [...document.querySelectorAll("[data-rows]")];
for (const figure of waiting) figure.closest("details").addEventListener("toggle", () => fill(figure));
const label = (table) => {
  const names = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
  for (const row of table.tBodies[0].rows) [...row.cells].forEach((cell, n) => { cell.dataset.label = names[n]; });
};
for (const table of document.querySelectorAll("table")) {
  label(table);
  const headers = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const key = (row, column) => {
    const cell = row.cells[column];
    const number = Number.parseFloat(cell.dataset.sort);
    return cell.dataset.sort === undefined ? cell.textContent : Number.isNaN(number) ? -Infinity : number;
  };
  const compare = (a, b) => typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
  headers.forEach((header, column) => {
    const button = document.createElement("button");
    button.textContent = header.textContent;
    header.replaceChildren(button);
    button.addEventListener("click", () => {
      const sign = header.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      headers.forEach((other) => other.removeAttribute("aria-sort"));
      header.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
      const rows = [...body.rows].sort((a, b) => sign * compare(key(a, column), key(b, column)));
      body.append(...rows);
    });
  });
}
document.getElementById("find").addEventListener("input", (event) => {
  const wanted = event.target.value.trim().toLowerCase();
  waiting.forEach(fill);
  for (const row of document.querySelectorAll("tbody tr")) {
    const texts = [row.textContent, ...[...row.cells].map((cell) => cell.title)].join(" ").toLowerCase();
    const found = wanted.length > 2 && texts.includes(wanted);
    row.classList.toggle("out", wanted.length > 2 && !found);
    if (found && row.closest("details")) row.closest("details").open = true;
  }
});
const openTarget = () => {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const details = target && target.closest("details");
  if (details) { details.open = true; target.scrollIntoView(); }
};
addEventListener("hashchange", openTarget);
openTarget();
// long tables are printed where they have been opened
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((each) => { each.open = true; }));
