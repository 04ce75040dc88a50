// The receivers, those in trouble first.

const RECEIVER_LEVELS = { answering: "good", failing: "bad", hanging: "bad", paused: "warn" };

/**
 * The receivers that have had deliveries pending in the last five minutes. The relay names those that have some now; the
 * others are listed as idle, so that rows do not come and go with each delivery.
 */
class Roster {
  static ms = 300_000;
  static max = 1000;

  constructor() {
    this.known = new Map();
  }

  update(origins) {
    const now = Date.now();
    for (const receiver of origins) this.known.set(receiver.origin, { receiver, seen: now });
    const idle = [];
    for (const [origin, { receiver, seen }] of this.known) {
      if (seen === now) continue;
      if (now - seen > Roster.ms || this.known.size > Roster.max) this.known.delete(origin);
      else idle.push(idleReceiver(origin, receiver.last_error));
    }
    return [...origins, ...idle];
  }
}

const idleReceiver = (origin, last_error) => ({ origin, state: "idle", pending: 0, in_flight: 0, last_error });

class Receivers {
  /** Rows shown before the user asks for all. */
  static few = 8;

  constructor() {
    this.section = byId("receivers");
    this.showsAll = false;
    this.table = new SortedTable(this.section.querySelector("table"), "Receivers, those in trouble first", [
      { title: "Receiver", value: (receiver) => receiver.origin },
      { title: "State", value: (receiver) => stateOf(receiver) },
      { title: "Pending", value: (receiver) => receiver.pending, number: true },
      { title: "In flight", value: (receiver) => receiver.in_flight, number: true },
      { title: "Last error", value: (receiver) => receiver.last_error },
      { title: "Since", value: (receiver) => receiver.since },
      { title: "Next attempt", value: (receiver) => receiver.next_attempt_at },
    ]);
    this.table.onsort = () => this.draw();
    this.button = byId("receivers-all");
    this.button.onclick = () => {
      this.showsAll = !this.showsAll;
      this.draw();
    };
    this.receivers = [];
    this.failures = [];
  }

  show(status) {
    this.total = status.origins_total ?? status.origins.length;
    this.receivers = this.steady(status.receivers);
    this.failures = status.latest_failures ?? [];
    this.draw();
  }

  /** While the table has the pointer or the focus, rows keep their places; new ones come last. */
  steady(receivers) {
    if (!this.table.table.matches(":hover, :focus-within")) return receivers;
    const places = new Map(this.receivers.map(({ origin }, index) => [origin, index]));
    return receivers.toSorted((a, b) => (places.get(a.origin) ?? Infinity) - (places.get(b.origin) ?? Infinity) || 0);
  }

  draw() {
    const sorted = this.table.sorted(this.receivers);
    const shown = this.showsAll ? sorted : sorted.slice(0, Receivers.few);
    const { opened } = this;
    const isOpened = (receiver) => receiver.origin === opened;
    if (opened && !shown.some(isOpened)) shown.push(sorted.find(isOpened) ?? idleReceiver(opened));
    keep(this.table.table, shown, (receiver) => receiver.origin, (receiver) => this.row(receiver),
      (row, receiver) => this.fill(row, receiver));
    this.button.hidden = sorted.length <= Receivers.few;
    const beyond = this.total > sorted.length ? ` of ${count(this.total)}` : "";
    write(this.button, this.showsAll ? "Show the first only" : `Show all ${count(sorted.length)}${beyond}`);
    this.section.classList.toggle("empty", !shown.length);
  }

  /** Opens a receiver's row, or none. */
  open(origin) {
    if (this.opened === origin) return;
    this.list?.stop();
    this.list = undefined;
    this.opened = origin;
    this.draw();
  }

  row(receiver) {
    const cells = this.table.cells();
    const [first, state, pending, inFlight, error, since, next] = cells;
    const link = make("a", { className: "opens" }, name(receiver.origin));
    first.append(link);
    const times = [since, next].map((cell) => cell.appendChild(make("time")));
    const detail = make("tr", { className: "detail", hidden: true }, make("td", { colSpan: cells.length }));
    const row = make("tbody", {}, make("tr", {}, ...cells), detail);
    row.parts = { link, state: state.appendChild(make("span")), pending, inFlight, error, times, detail };
    return row;
  }

  fill(row, receiver) {
    const { link, state, pending, inFlight, error, times, detail } = row.parts;
    const kind = stateOf(receiver);
    const isOpen = receiver.origin === this.opened;
    writeState(state, RECEIVER_LEVELS[kind] ?? "unknown", visible(kind));
    write(pending, `${count(receiver.pending)}${receiver.has_more ? "+" : ""}`);
    write(inFlight, count(receiver.in_flight));
    write(error, receiver.last_error ? `${visible(receiver.last_error)}: ${meaning(receiver.last_error)}` : NONE);
    writeTime(times[0], receiver.since);
    writeTime(times[1], kind === "paused" ? receiver.paused_until : receiver.next_attempt_at);
    lead(link, isOpen ? "#/receivers" : place(["receiver", receiver.origin]));
    link.setAttribute("aria-expanded", isOpen);
    assign(detail, "hidden", !isOpen);
    if (isOpen && !row.parts.list) this.openDetail(row.parts, receiver);
    if (!isOpen && row.parts.list) this.closeDetail(row.parts);
    if (isOpen) fillFailures(row.parts.failures, this.failures.filter((failure) => failure.origin === receiver.origin));
  }

  /** Its last failed deliveries, and its attempts as they end. */
  openDetail(parts, receiver) {
    const note = make("p", { className: "quiet" });
    const list = make("ol", { className: "attempts" });
    parts.detail.firstElementChild.append(
      make("h3", {}, "Its attempts as they end"), note, list,
      make("h3", {}, "Its latest failed deliveries"), (parts.failures = make("ul")));
    parts.list = this.list = new AttemptList(list, note);
    this.list.follow({ origin: receiver.origin });
  }

  closeDetail(parts) {
    parts.list.stop();
    parts.list = undefined;
    parts.detail.firstElementChild.replaceChildren();
  }
}

/** A list of failed deliveries. */
function fillFailures(list, failures, remark = () => "") {
  keep(list, failures, (failure) => `${failure.correlation_id} ${failure.sequence} ${failure.failed_at}`,
    (failure) => failureItem(failure, remark(failure)), () => {});
}

/** A failed delivery in one line. */
function failureItem(failure, remark) {
  const time = make("time");
  writeTime(time, failure.failed_at);
  return make("li", {}, time, " ",
    make("a", { href: workflowPlace(failure.correlation_id, { at: failure.sequence }) },
      name(failure.correlation_id), ` #${failure.sequence}`),
    ` ${visible(failure.reason)}: ${meaning(failure.reason)}, ${plural(failure.attempts, "attempt")} `, remark);
}
