// Tables of figures: a page at a time, sorted by any column.

function enhance(table) {
  if (table.dataset.enhanced) return;
  table.dataset.enhanced = "1";
  const size = Number(table.dataset.pageSize);
  const body = table.tBodies[0];
  let page = 0;
  const pager = document.createElement("div");
  pager.className = "pager";
  const where = document.createElement("span");
  const turn = (label, step) => {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: label });
    button.addEventListener("click", () => {
      page += step;
      show();
    });
    return button;
  };
  const back = turn("Previous", -1);
  const on = turn("Next", 1);
  pager.append(where, back, on);

  function show() {
    const rows = [...body.rows];
    rows.forEach((row, index) => (row.hidden = index < page * size || index >= (page + 1) * size));
    where.textContent = `${page * size + 1}–${Math.min(rows.length, (page + 1) * size)} of ${rows.length}`;
    back.disabled = page === 0;
    on.disabled = (page + 1) * size >= rows.length;
  }

  function sort(button) {
    const order = button.dataset.order === "1" ? -1 : 1;
    for (const one of table.querySelectorAll(".sort")) {
      delete one.dataset.order;
      one.closest("th").removeAttribute("aria-sort");
    }
    button.dataset.order = order;
    button.closest("th").setAttribute("aria-sort", order > 0 ? "ascending" : "descending");
    const column = Number(button.dataset.column);
    const key = (row) => row.cells[column]?.dataset.sort ?? row.cells[column]?.textContent ?? "";
    const compare = (a, b) => order * key(a).localeCompare(key(b), undefined, { numeric: true });
    body.append(...[...body.rows].sort(compare));
    page = 0;
    show();
  }

  table.addEventListener("click", (event) => {
    const button = event.target.closest(".sort");
    if (button) sort(button);
  });
  if (body.rows.length > size) table.after(pager);
  show();
}

export function enhanceTables(root) {
  for (const table of root.querySelectorAll?.(".data-table") ?? []) enhance(table);
}
