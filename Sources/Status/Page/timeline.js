// The timeline of deliveries: one row each, attempts as marks, waits between them as lines.

class Timeline {
  constructor() {
    this.axis = make("div", { className: "axis" });
    this.body = make("tbody", { onkeydown: (event) => this.move(event) });
    this.element = make("table", { className: "timeline" },
      make("caption", {}, "Deliveries in the order of their numbers. Arrow keys move through the attempts."),
      make("thead", {}, make("tr", {},
        make("th", { scope: "col", className: "number" }, "#"),
        make("th", { scope: "col" }, "Artifact"),
        make("th", { scope: "col", className: "track" }, this.axis),
        make("th", { scope: "col" }, "Outcome"))),
      this.body);
    this.body.addEventListener("focusin", (event) => this.focused(event.target));
    this.deliveries = [];
  }

  /** With `hasAll`, no filter omits deliveries, so a missing number is a gap. */
  show(deliveries, { hasAll }) {
    this.deliveries = deliveries;
    this.hasAll = hasAll;
    this.now = Date.now();
    this.measure();
    this.drawAxis();
    keep(this.body, this.rows(), (row) => row.key, (row) => (row.gap ? gapRow(row.gap) : this.row(row.delivery)),
      (element, row) => row.gap || this.fill(element, row.delivery));
    if (!this.body.querySelector('.mark[tabindex="0"]')) this.focused(this.body.querySelector(".mark"));
  }

  /** Deliveries, and the gaps between their numbers. */
  rows() {
    const rows = [];
    let previous;
    for (const delivery of this.deliveries) {
      if (this.hasAll && previous !== undefined && delivery.sequence > previous + 1) {
        rows.push({ key: `gap ${previous}`, gap: [previous + 1, delivery.sequence - 1] });
      }
      rows.push({ key: delivery.sequence, delivery });
      previous = delivery.sequence;
    }
    return rows;
  }

  /** The time that the axis shows: from the first acceptance to now, or to the last end if nothing is pending. */
  measure() {
    if (!this.deliveries.length) return;
    this.zero = Math.min(...this.deliveries.map(acceptedAt));
    const end = Math.max(...this.deliveries.map((delivery) => this.endOf(delivery)));
    this.span = Math.max(10, end - this.zero) * 1.02;
  }

  endOf(delivery) {
    const last = delivery.attempts.at(-1);
    const attempted = last ? Date.parse(last.started_at) + last.duration_ms : acceptedAt(delivery);
    if (delivery.state !== "pending") return Math.max(attempted, Date.parse(delivery.ended_at ?? "") || 0);
    return Math.max(attempted, this.now, Date.parse(delivery.next_attempt_at ?? "") || 0);
  }

  drawAxis() {
    if (!this.deliveries.length) return;
    const width = this.axis.clientWidth || 400;
    const step = TICKS.find((tick) => this.span / tick <= Math.max(2, width / 100)) ?? TICKS.at(-1);
    const first = Math.ceil(this.zero / step) * step - this.zero;
    const ticks = [];
    for (let at = first; at <= this.span * (1 - 64 / width); at += step) ticks.push(at);
    this.axis.replaceChildren(...ticks.map((at) => {
      const label = make("span", { title: new Date(this.zero + at).toISOString() }, tickText(this.zero + at, step));
      label.style.left = `${(at / this.span) * 100}%`;
      return label;
    }));
  }

  row(delivery) {
    const track = make("div", { className: "marks" });
    const state = make("span");
    const isEnd = delivery.event === "workflow.completed";
    const row = make("tr", { className: isEnd ? "completion" : "" },
      make("td", { className: "number" }, count(delivery.sequence)),
      make("td", { className: "artifact" },
        make("b", {}, isEnd ? "⚑ workflow.completed" : name(delivery.type)), " ", isEnd ? "" : name(delivery.artifact_id)),
      make("td", { className: "track" }, track),
      make("td", { className: "outcome" }, state));
    row.cells[1].title = `${visible(delivery.type)} ${visible(delivery.artifact_id)}`;
    row.parts = { track, state };
    return row;
  }

  fill(row, delivery) {
    const { track, state } = row.parts;
    const text = JSON.stringify(delivery);
    if (row.text !== text) {
      row.text = text;
      const focus = [...track.children].indexOf(document.activeElement);
      track.replaceChildren(...marksOf(delivery));
      if (focus >= 0) (track.children[focus] ?? track.lastElementChild)?.focus();
      writeState(state, ...outcomeOf(delivery));
    }
    for (const mark of track.children) {
      const length = Math.max(0, (mark.to ?? this.now) - mark.from);
      mark.style.left = `${((mark.from - this.zero) / this.span) * 100}%`;
      mark.style.width = `${(length / this.span) * 100}%`;
    }
  }

  /** Scrolls to a delivery and highlights it for a moment. */
  highlight(sequence) {
    const row = this.body.kept?.get(sequence);
    if (!row) return;
    row.scrollIntoView({ block: "center" });
    row.classList.add("wanted");
  }

  /** One mark at a time can be reached by the Tab key, the others from there by arrow keys. */
  focused(mark) {
    if (!mark?.classList.contains("mark")) return;
    for (const other of this.body.querySelectorAll('.mark[tabindex="0"]')) other.tabIndex = -1;
    mark.tabIndex = 0;
  }

  move(event) {
    const mark = event.target.closest(".mark");
    if (!mark) return;
    const all = [...this.body.querySelectorAll(".mark")];
    const index = all.indexOf(mark);
    const isElsewhere = (other) => other.parentNode !== mark.parentNode;
    const next = {
      ArrowLeft: () => all[index - 1], ArrowRight: () => all[index + 1],
      ArrowUp: () => all.slice(0, index).findLast(isElsewhere), ArrowDown: () => all.slice(index).find(isElsewhere),
      Home: () => all[0], End: () => all.at(-1),
    }[event.key];
    if (!next) return;
    event.preventDefault();
    next()?.focus();
  }
}

/** Steps between marks of the axis, in milliseconds. */
const TICKS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 10e3, 15e3, 30e3, 60e3, 120e3, 300e3, 600e3, 900e3, 1800e3, 3600e3,
  7200e3, 10800e3, 21600e3, 43200e3, 86400e3, 172800e3, 604800e3, 2592000e3,
];

function tickText(time, step) {
  const date = new Date(time);
  if (step >= 86400e3) return day.format(date);
  return clock.format(date) + (step < 1000 ? `.${String(date.getMilliseconds()).padStart(3, "0")}` : "");
}

const acceptedAt = (delivery) => Date.parse(delivery.received_at);

/** The elements of a delivery's track. Each knows its times in milliseconds, `from` and `to`; without `to` it grows. */
function marksOf(delivery) {
  const marks = [];
  const add = (element, from, to) => marks.push(Object.assign(element, { from, to }));
  const wait = (className) => make("span", { className });
  let end = acceptedAt(delivery);
  for (const attempt of delivery.attempts) {
    const start = Date.parse(attempt.started_at);
    if (start > end) add(wait("wait"), end, start);
    end = start + attempt.duration_ms;
    add(attemptMark(delivery, attempt), start, end);
  }
  if (delivery.state !== "pending") return marks;
  const next = Date.parse(delivery.next_attempt_at ?? "");
  add(wait("wait next"), end, next > end ? next : undefined);
  if (next) add(button("mark next", `Next attempt at ${local(delivery.next_attempt_at)}`), next, next);
  return marks;
}

const button = (className, label) => make("button", { className, tabIndex: -1, ariaLabel: label });

function attemptMark(delivery, attempt) {
  const isDelivered = attempt.status >= 200 && attempt.status < 300;
  const error = attempt.error ?? (isDelivered ? undefined : `http_${attempt.status}`);
  const result = isDelivered ? `delivered, ${attempt.status}` : `${visible(error)}: ${meaning(error)}`;
  const label = `#${delivery.sequence}, attempt ${attempt.attempt}: ${result}. ` +
    `Started ${local(attempt.started_at)}, took ${length(attempt.duration_ms)}.`;
  return button(isDelivered ? "mark delivered" : "mark failed", label);
}

/** The outcome of a delivery: `[level, text]`. */
function outcomeOf(delivery) {
  const attempts = delivery.attempts.length;
  if (delivery.state === "delivered") return ["good", `delivered${attempts > 1 ? ` by attempt ${attempts}` : ""}`];
  if (delivery.state === "failed") return ["bad", `failed: ${visible(delivery.reason ?? "")}`];
  const next = delivery.next_attempt_at;
  return ["unknown", next && Date.parse(next) > Date.now() ? `next attempt ${local(next)}` : "pending"];
}

function gapRow([first, last]) {
  const numbers = first === last ? `#${count(first)}` : `#${count(first)} to #${count(last)}`;
  return make("tr", { className: "gap" }, make("td", { colSpan: 4 }, `Gap: the history of ${numbers} has expired.`));
}

/** Shows the label of a mark beside it while it has the pointer or the focus. */
class Bubble {
  constructor() {
    this.element = byId("bubble");
    for (const type of ["pointerover", "focusin"]) document.addEventListener(type, (event) => this.show(event.target));
    document.addEventListener("scroll", () => this.show(null), true);
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.show(null));
  }

  show(target) {
    const mark = target?.closest?.(".mark[aria-label]");
    this.element.hidden = !mark;
    if (!mark) return;
    write(this.element, mark.ariaLabel);
    const { left, top, bottom } = mark.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const edge = document.documentElement.clientWidth - width - 8;
    this.element.style.left = `${Math.max(8, Math.min(left, edge))}px`;
    this.element.style.top = `${top > height + 12 ? top - height - 6 : bottom + 6}px`;
  }
}
