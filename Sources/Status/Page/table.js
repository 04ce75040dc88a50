// Tables with a heading that sorts.

/**
 * A table. A column is `{title, value, number}`: `value` returns the sort key, without it the column does not
 * sort; `number` columns are aligned right. A third click on a heading restores the order of the relay.
 */
class SortedTable {
  constructor(table, caption, columns) {
    this.table = table;
    this.columns = columns;
    this.column = null;
    this.direction = 1;
    this.headings = columns.map((column) => this.heading(column));
    table.append(
      make("caption", {}, caption),
      make("thead", {}, make("tr", {}, ...this.headings)));
  }

  heading(column) {
    const content = column.value
      ? make("button", { onclick: () => this.sortBy(column) }, column.title)
      : column.title;
    return make("th", { scope: "col", className: column.number ? "number" : "" }, content);
  }

  sortBy(column) {
    if (this.column !== column) {
      this.column = column;
      this.direction = column.number ? -1 : 1;
    } else if (this.direction === (column.number ? -1 : 1)) {
      this.direction = -this.direction;
    } else {
      this.column = null;
    }
    this.headings.forEach((heading, index) => {
      const order = this.columns[index] === this.column ? (this.direction > 0 ? "ascending" : "descending") : "none";
      heading.setAttribute("aria-sort", order);
    });
    this.onsort?.();
  }

  sorted(rows) {
    if (!this.column) return rows;
    const { value } = this.column;
    const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
    return rows.toSorted((a, b) => this.direction * compare(value(a) ?? "", value(b) ?? ""));
  }

  /** A cell for each column; on a narrow screen each shows its title. */
  cells() {
    return this.columns.map((column) =>
      make("td", { className: column.number ? "number" : "", "data-title": column.title }));
  }
}
