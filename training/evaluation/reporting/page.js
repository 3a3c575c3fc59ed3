"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => row.cells[place].dataset.sort ?? row.cells[place].textContent;
      const rows = [...table.tBodies[0].rows].sort((a, b) => {
        const [x, y] = [key(a), key(b)];
        if ((x === "") !== (y === "")) return x === "" ? 1 : -1;
        const order = x !== "" && !isNaN(x) && !isNaN(y) ? x - y : x.localeCompare(y);
        return down ? -order : order;
      });
      table.tBodies[0].append(...rows);
    });
  });
}
const items = [...document.querySelectorAll(".item")];
const place = document.getElementById("slices");
if (place && items.length) {
  const labels = new Map();
  const told = new Map(items.map((item) => [item, JSON.parse(item.dataset.labels)]));
  for (const each of told.values())
    for (const [name, value] of Object.entries(each)) labels.set(name, (labels.get(name) ?? new Set()).add(value));
  const count = document.createElement("output");
  const chosen = new Map();
  const show = () => {
    let shown = 0;
    for (const [item, each] of told) {
      item.hidden = [...chosen].some(([name, value]) => value !== "" && each[name] !== value);
      shown += item.hidden ? 0 : 1;
    }
    count.textContent = `${shown} of ${items.length} shown items fit the slices`;
  };
  for (const [name, values] of [...labels].sort()) {
    if (values.size < 2 || values.size > 60) continue;
    const label = document.createElement("label");
    const select = document.createElement("select");
    select.add(new Option("all", ""));
    for (const value of [...values].sort()) select.add(new Option(value, value));
    select.addEventListener("change", () => { chosen.set(name, select.value); show(); });
    label.append(`${name} `, select);
    place.append(label);
  }
  if (place.childElementCount) place.append(count);
}
addEventListener("beforeprint", () => { for (const each of document.querySelectorAll("details.print")) each.open = true; });
