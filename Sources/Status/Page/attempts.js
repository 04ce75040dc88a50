// Lists of attempts, newest first: in the side panel, and below a receiver.

const OUTCOMES = { delivered: ["good", "●"], retry: ["warn", "○"], failed: ["bad", "✕"] };

/** Shows a follower's attempts, at most once a second. Reuses elements, so that a fast stream costs little. */
class AttemptList {
  static maxShown = 40;

  constructor(list, note) {
    this.list = list;
    this.note = note;
    this.rows = [];
    this.isPaused = false;
    this.accepts = () => true;
  }

  /** Starts to follow the attempts that the query names. */
  follow(query) {
    this.stop();
    this.follower = new Follower(query);
    this.isPaused = false;
    this.attempts = [];
    this.shownTotal = 0;
    this.draw();
    this.timer = setInterval(() => this.show(), 1000);
    this.show();
  }

  stop() {
    clearInterval(this.timer);
    this.follower?.stop();
    this.follower = undefined;
  }

  pause(isPaused) {
    this.isPaused = isPaused;
    this.pausedAt = this.follower?.total ?? 0;
    this.show();
  }

  /** Shows only attempts for which `accepts` is true. */
  filter(accepts) {
    this.accepts = accepts;
    this.shownTotal = undefined;
    this.draw();
    this.show();
  }

  show() {
    if (!this.follower) return;
    this.showNote();
    if (this.isPaused || this.shownTotal === this.follower.total) return;
    this.shownTotal = this.follower.total;
    this.attempts = [...this.follower.attempts];
    this.draw();
  }

  draw() {
    const shown = (this.attempts ?? []).filter(this.accepts).slice(0, AttemptList.maxShown);
    while (this.rows.length < shown.length) this.rows.push(this.row());
    this.rows.forEach((row, index) => {
      row.item.hidden = index >= shown.length;
      if (shown[index]) this.fill(row, shown[index]);
    });
  }

  showNote() {
    const { follower } = this;
    const newer = this.isPaused ? follower.total - this.pausedAt : 0;
    const parts = [
      follower.problem,
      newer ? `Paused; ${plural(newer, "newer attempt")}.` : this.isPaused ? "Paused." : "",
      follower.missed ? `${plural(follower.missed, "attempt")} not shown: this page was too slow.` : "",
      follower.problem || follower.total ? "" : "No attempt yet.",
    ];
    write(this.note, parts.filter(Boolean).join(" "));
  }

  row() {
    const row = {
      mark: make("span"),
      time: make("time"),
      result: make("span", { className: "result" }),
      length: make("span", { className: "number" }),
      link: make("a"),
      type: make("bdi"),
    };
    row.item = make("li", {},
      make("div", {}, row.mark, row.time, row.result, row.length),
      make("div", { className: "what" }, row.link, " ", row.type));
    this.list.append(row.item);
    return row;
  }

  fill(row, attempt) {
    const [level, shape] = OUTCOMES[attempt.outcome];
    assign(row.mark, "className", level);
    write(row.mark, shape);
    writeTime(row.time, attempt.ended_at);
    write(row.result, resultOf(attempt));
    assign(row.result, "title", `${meaning(attempt.error)} ${attempt.origin}`);
    write(row.length, length(attempt.duration_ms));
    write(row.link, `${visible(attempt.correlation_id)} #${attempt.sequence}`);
    lead(row.link, workflowPlace(attempt.correlation_id, { at: attempt.sequence }));
    write(row.type, visible(attempt.artifact_type ?? attempt.event));
  }
}

/** The outcome of an attempt. */
function resultOf(attempt) {
  const answer = attempt.status ?? attempt.error;
  const next = attempt.outcome === "retry" ? ", retry follows" : attempt.outcome === "failed" ? ", delivery failed" : "";
  return `${visible(answer ?? "")}${attempt.attempt > 1 ? ` (attempt ${attempt.attempt})` : ""}${next}`;
}

/** The side panel. */
class StreamPanel {
  constructor() {
    this.panel = byId("stream");
    this.toggle = byId("stream-toggle");
    this.list = new AttemptList(this.panel.querySelector("ol"), byId("stream-note"));
    this.toggle.onclick = () => this.open(this.panel.hidden);
    byId("stream-close").onclick = () => this.open(false);
    byId("stream-pause").onclick = () => this.pause();
    byId("stream-filter").oninput = byId("stream-failed").onchange = () => this.filter();
    this.panel.addEventListener("keydown", ({ key }) => key === "Escape" && this.open(false));
  }

  open(isOpen) {
    this.panel.hidden = !isOpen;
    this.toggle.setAttribute("aria-expanded", isOpen);
    if (isOpen) {
      this.list.follow();
      this.showPause();
      byId("stream-title").focus();
    } else {
      this.list.stop();
      this.toggle.focus();
    }
  }

  pause() {
    this.list.pause(!this.list.isPaused);
    this.showPause();
  }

  showPause() {
    const button = byId("stream-pause");
    button.setAttribute("aria-pressed", this.list.isPaused);
    write(button, this.list.isPaused ? "Resume" : "Pause");
  }

  filter() {
    const wanted = byId("stream-filter").value.toLowerCase();
    const failedOnly = byId("stream-failed").checked;
    this.list.filter((attempt) => {
      if (failedOnly && attempt.outcome === "delivered") return false;
      return Object.values(attempt).join(" ").toLowerCase().includes(wanted);
    });
  }
}
