// Sorts a table by the column whose heading is pressed; missing values stay last.
document.querySelectorAll("table.sortable").forEach((table) => {
  const body = table.tBodies[0];
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    heading.querySelector("button").addEventListener("click", () => {
      const down = heading.getAttribute("aria-sort") === "ascending";
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => {
        const cell = row.cells[column];
        const value = cell.dataset.value ?? cell.textContent;
        return value === "" ? null : isNaN(value) ? value : Number(value);
      };
      const sign = down ? -1 : 1;
      [...body.rows]
        .map((row) => [key(row), row])
        .sort(([a], [b]) => {
          if (a === null || b === null) return (a === null) - (b === null);
          if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
          return sign * (typeof a === "number" ? a - b : a.localeCompare(b));
        })
        .forEach(([, row]) => body.append(row));
    });
  });
});
