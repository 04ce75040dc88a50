// The search, the latest workflows and the latest failures.

/** The failed deliveries of all workflows, newest first. */
function showFailures({ latest_failures: failures = [] }) {
  const details = byId("failures");
  write(details.querySelector("summary"), `Latest failed deliveries (${failures.length})`);
  fillFailures(details.querySelector("ul"), failures, (failure) => name(failure.origin));
}

/** The state of a workflow: `[level, text]`. */
function workflowState(workflow) {
  if (workflow.pending) return ["unknown", "active"];
  return workflow.failed ? ["warn", "finished"] : ["good", "finished"];
}

class Workflows {
  static pageSize = 50;

  constructor() {
    const section = byId("workflows");
    this.table = new SortedTable(section.querySelector("table"), "Workflows, the latest activity first", [
      { title: "Correlation id", value: (workflow) => workflow.correlation_id },
      { title: "State", value: (workflow) => workflow.state },
      { title: "Delivered", value: (workflow) => workflow.delivered, number: true },
      { title: "Failed", value: (workflow) => workflow.failed, number: true },
      { title: "Pending", value: (workflow) => workflow.pending, number: true },
      { title: "Receiver", value: (workflow) => workflow.origin },
      { title: "Last activity", value: (workflow) => workflow.last_activity_at },
    ]);
    this.table.onsort = () => this.draw();
    this.note = byId("workflows-note");
    this.workflows = [];
    /** Cursors of the pages up to the one shown; the first page has none. */
    this.cursors = [undefined];
    byId("older").onclick = () => this.turn(() => this.cursors.push(this.nextCursor));
    byId("newer").onclick = () => this.turn(() => this.cursors.pop());
    byId("search").oninput = byId("which").onchange = () => this.searched();
    section.querySelector("form").onsubmit = (event) => event.preventDefault();
    this.repetition = new Repetition(2000, () => this.load());
  }

  /** Shows the search of a link. */
  open({ search = "", state = "" }) {
    assign(byId("search"), "value", search);
    assign(byId("which"), "value", state);
    this.search();
  }

  /** Writes the search to the address, so that the address can be shared. */
  searched() {
    history.replaceState(null, "", place(["workflows"], { search: byId("search").value, state: byId("which").value }));
    this.search();
  }

  search() {
    const query = { search: byId("search").value, state: byId("which").value };
    if (this.query && query.search === this.query.search && query.state === this.query.state) return;
    this.query = query;
    this.turn(() => (this.cursors = [undefined]));
  }

  /** Changes what is shown. Until it is, the buttons do nothing; a button loses the focus while it is disabled. */
  turn(change) {
    change();
    this.nextCursor = undefined;
    this.focused = document.activeElement;
    byId("older").disabled = byId("newer").disabled = true;
    clearTimeout(this.delay);
    this.delay = setTimeout(() => this.repetition.now(), 100);
  }

  async load() {
    if (byId("overview").hidden) return;
    const { query, cursors } = this;
    const cursor = cursors.at(-1);
    const isStale = () => query !== this.query || cursor !== this.cursors.at(-1);
    let late = false;
    try {
      const answer = await ask(address(["correlations"], { ...query, limit: Workflows.pageSize, cursor }));
      if (isStale()) return;
      this.workflows = answer.correlations;
      this.nextCursor = answer.next_cursor;
      this.problem = "";
    } catch (error) {
      if (isStale()) return;
      late = isLate(error);
      this.problem = late ? `${LATE} Search for a longer part of the id.` : error instanceof FailedAnswer ? error.message : "";
    }
    this.draw();
    if (document.activeElement === document.body) this.focused?.focus();
    this.focused = undefined;
    return late;
  }

  draw() {
    const body = (this.body ??= this.table.table.appendChild(make("tbody")));
    keep(body, this.table.sorted(this.workflows), (workflow) => workflow.correlation_id,
      (workflow) => this.row(workflow), (row, workflow) => this.fill(row, workflow));
    byId("newer").disabled = this.cursors.length === 1;
    byId("older").disabled = !this.nextCursor;
    const none = this.query?.search ? "No id contains this." : "No workflow yet.";
    const pages = this.cursors.length > 1 ? `Page ${this.cursors.length}.` : "";
    write(this.note, this.problem || (this.workflows.length ? pages : none));
  }

  row(workflow) {
    const cells = this.table.cells();
    const link = make("a", { href: workflowPlace(workflow.correlation_id) }, name(workflow.correlation_id));
    cells[0].append(link);
    const row = make("tr", {}, ...cells);
    row.parts = { cells, state: cells[1].appendChild(make("span")), time: cells[6].appendChild(make("time")) };
    return row;
  }

  fill(row, workflow) {
    const { cells, state, time } = row.parts;
    writeState(state, ...workflowState(workflow));
    write(cells[2], count(workflow.delivered));
    write(cells[3], count(workflow.failed));
    write(cells[4], count(workflow.pending));
    write(cells[5], workflow.origin ? visible(workflow.origin) : NONE);
    writeTime(time, workflow.last_activity_at);
  }
}
