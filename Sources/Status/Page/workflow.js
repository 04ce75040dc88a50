// One workflow: each delivery and its attempts.

const WORKFLOW_PAGE = 100;

class WorkflowView {
  constructor() {
    this.section = byId("workflow");
    this.repetition = new Repetition(1000, () => this.load());
    this.counting = new Repetition(5000, () => this.loadDensity());
  }

  /** Shows deliveries `from` a sequence number on, or those around the number `at`; perhaps only those in one state. */
  open(id, { from, at, state = "" }) {
    if (id !== this.id) {
      this.before = [];
      this.id = id;
      this.report = undefined;
      this.density = undefined;
      this.build();
    }
    const number = (text) => Math.max(1, Number.parseInt(text, 10) || 1);
    this.from = at ? number(at) - ((number(at) - 1) % WORKFLOW_PAGE) : number(from);
    this.state = state;
    assign(this.which, "value", state);
    this.wanted = at && number(at);
    this.repetition.now();
  }

  close() {
    this.id = this.report = undefined;
    this.section.replaceChildren();
  }

  build() {
    this.summary = make("p", { className: "summary" });
    this.activity = make("time");
    this.facts = ["Delivered", "Failed", "Pending", "Numbers", "Gaps", "Receiver", "Last activity"].map((title) =>
      make("div", {}, make("dt", {}, title), make("dd", {})));
    this.facts.at(-1).lastChild.append(this.activity);
    this.strip = new DensityStrip((from) => this.go(from));
    this.timeline = new Timeline();
    this.note = make("p", { className: "quiet" });
    this.section.replaceChildren(
      make("p", {}, make("a", { href: "#/workflows" }, "← All workflows")),
      make("h2", { id: "workflow-title", tabIndex: -1 }, "Workflow ", name(this.id)),
      this.summary, make("dl", { className: "facts" }, ...this.facts), this.strip.element, this.controls(), this.note, this.timeline.element);
  }

  controls() {
    const button = (text, step) => make("button", { onclick: step, disabled: true }, text);
    this.buttons = {
      previous: button("Previous", () => this.go(this.before.pop() ?? Math.max(1, this.from - WORKFLOW_PAGE))),
      next: button("Next", () => { this.before.push(this.from); this.go(this.report.next_sequence); }),
    };
    this.which = make("select", { onchange: () => this.go(undefined) },
      ...["", "pending", "delivered", "failed"].map((state) => make("option", { value: state }, state || "all")));
    return make("div", { className: "bar" }, ...Object.values(this.buttons),
      make("label", {}, "Show ", this.which));
  }

  go(from) {
    location.hash = workflowPlace(this.id, { from: from > 1 ? from : undefined, state: this.which.value });
  }

  async load() {
    const { id, from, state } = this;
    if (id === undefined) return;
    const isStale = () => id !== this.id || from !== this.from || state !== this.state;
    try {
      const report = await ask(address(["correlations"], { id, from, state, limit: WORKFLOW_PAGE }));
      if (isStale()) return;
      const isFirst = !this.report;
      this.show(report);
      if (isFirst) this.counting.now();
    } catch (error) {
      if (isStale()) return;
      const advice = state ? "Show all deliveries instead." : "";
      write(this.note, isLate(error) ? `${LATE} ${advice}` : error instanceof FailedAnswer ? `${error.message}.` : "");
      return isLate(error);
    }
  }

  /** Asks for the density apart from the report and less often, because the relay counts all deliveries for it. */
  async loadDensity() {
    const { id, report } = this;
    if (!report || (this.density && !report.pending && !this.hadPending)) return;
    try {
      const { density, pending } = await ask(address(["correlations"], { id, limit: 1, density: 200 }));
      if (id !== this.id) return;
      this.density = density;
      this.hadPending = pending;
      this.strip.show(this.report, density, this.from);
    } catch (error) {
      return isLate(error);
    }
  }

  show(report) {
    this.report = report;
    this.repetition.ms = report.pending ? 1000 : 5000;
    writeState(this.summary, ...this.outcome(report));
    this.showFacts(report);
    this.strip.show(report, this.density ?? [], this.from);
    this.timeline.show(report.deliveries, { hasAll: !this.state });
    write(this.note, report.deliveries.length ? "" : "No delivery from here on is in this state.");
    this.buttons.previous.disabled = this.from <= 1;
    this.buttons.next.disabled = report.next_sequence === undefined;
    // The link names a delivery.
    if (this.wanted) this.timeline.highlight(this.wanted);
    this.wanted = undefined;
  }

  outcome({ pending, failed, delivered }) {
    const all = plural(pending + failed + delivered, "delivery").replace("deliverys", "deliveries");
    const failures = failed ? `, ${count(failed)} failed` : "";
    if (pending) return [failed ? "warn" : "unknown", `Active: ${count(pending)} of ${all} pending${failures}.`];
    if (failed) return ["bad", `Finished: ${count(failed)} of ${all} failed.`];
    return ["good", `Finished: ${delivered === 1 ? "its delivery has" : `all ${all} have`} arrived.`];
  }

  showFacts(report) {
    const texts = [
      count(report.delivered), count(report.failed), count(report.pending),
      `${count(report.first_sequence ?? 1)} to ${count(report.last_sequence)}`,
      report.gaps ? `${count(report.gaps)}, expired` : "none",
      report.origin ? visible(report.origin) : "its registration has ended",
    ];
    texts.forEach((text, index) => write(this.facts[index].lastChild, text));
    writeTime(this.activity, report.last_activity_at);
  }
}

/** All deliveries of a workflow as one strip, and a slider that goes to a number. */
class DensityStrip {
  constructor(go) {
    this.go = go;
    this.canvas = make("canvas", { onclick: (event) => this.clicked(event) });
    this.canvas.setAttribute("aria-hidden", "true");
    this.slider = make("input", { type: "range", min: 1, step: 1 });
    this.slider.setAttribute("aria-label", "Go to number");
    this.label = make("span", { className: "quiet" });
    this.slider.oninput = () => this.writeLabel(Number(this.slider.value));
    this.slider.onchange = () => go(Number(this.slider.value));
    this.element = make("div", { className: "strip", hidden: true }, this.canvas, this.slider, this.label);
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  show(report, density, from) {
    this.density = density;
    this.last = Math.max(report.last_sequence, 1);
    this.end = density.at(-1)?.to ?? this.last;
    this.from = from;
    this.element.hidden = report.last_sequence <= WORKFLOW_PAGE;
    if (this.element.hidden) return;
    this.slider.max = report.last_sequence;
    if (!this.slider.matches(":active, :focus")) this.slider.value = from;
    this.writeLabel(Number(this.slider.value));
    this.draw();
  }

  writeLabel(number) {
    write(this.label, `from #${count(number)} of ${count(this.last)}`);
  }

  clicked(event) {
    this.go(Math.max(1, Math.ceil((event.offsetX / this.canvas.clientWidth) * this.end)));
  }

  draw() {
    const sheet = this.density && prepare(this.canvas);
    if (!sheet) return;
    const { pen, width, height, colour } = sheet;
    const x = (sequence) => ((sequence - 1) / this.end) * width;
    for (const range of this.density) {
      const all = range.to - range.from + 1;
      let bottom = height;
      for (const state of ["failed", "pending", "delivered"]) {
        // Even one failure among thousands is visible.
        const share = range[state] && Math.max(range[state] / all, state === "failed" ? 0.15 : 0);
        const top = Math.max(0, bottom - share * height);
        pen.fillStyle = colour(state);
        pen.fillRect(x(range.from), top, Math.max(1, x(range.to + 1) - x(range.from)), bottom - top);
        bottom = top;
      }
    }
    pen.strokeStyle = colour("text");
    pen.lineWidth = 2;
    pen.strokeRect(x(this.from) + 1, 1, Math.max(4, x(this.from + WORKFLOW_PAGE) - x(this.from)) - 2, height - 2);
  }
}
