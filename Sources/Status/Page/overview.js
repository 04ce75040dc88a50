// Whether all is well: the first line, the figures and the plot.

const NEEDS_ATTENTION = ["hanging", "failing", "paused"];

/** The state of a receiver in one word. A pause that it asked for takes precedence. */
function stateOf(receiver) {
  return Date.parse(receiver.paused_until ?? "") > Date.now() ? "paused" : receiver.state;
}

/**
 * The first line: `{level, text}`. Without numbers that change often, because screen readers announce each
 * change.
 */
function assessment({ status, failing, silentSince }) {
  if (silentSince) return { level: "bad", text: `The relay has not answered since ${clock.format(silentSince)}.` };
  if (failing.length) return { level: "bad", text: `Not ready: ${visible(failing.join("; "))}.` };
  const sentences = [activity(status)];
  const trouble = troubleText(status);
  if (trouble) sentences.push(trouble.text);
  const { count: measured, p95_ms: p95 } = status.latency.created_to_delivered;
  const isSlow = measured >= 20 && p95 > PROMISED_MS;
  if (isSlow) sentences.push("Slower than promised.");
  const hasFailed = status.window?.failed > 0;
  if (hasFailed) sentences.push("Deliveries have failed in the last five minutes.");
  const level = trouble?.level ?? (isSlow || hasFailed ? "warn" : "good");
  return { level, text: sentences.join(" ") };
}

function activity(status) {
  if (status.rate?.delivered_per_second > 0) return "Delivering.";
  return status.deliveries.pending ? "Deliveries are pending, none succeeds." : "Idle: nothing is pending.";
}

/** How many receivers are in trouble; `undefined` without receivers. */
function troubleText(status) {
  const total = Math.max(status.origins_total ?? 0, status.receivers.length);
  if (!total) return undefined;
  const counts = NEEDS_ATTENTION.map((state) =>
    [state, status.receivers.filter((receiver) => stateOf(receiver) === state).length]).filter(([, number]) => number);
  const sum = counts.reduce((before, [, number]) => before + number, 0);
  if (!sum) return { level: undefined, text: total === 1 ? "The receiver is well." : `All ${count(total)} receivers are well.` };
  const parts = counts.map(([state, number], index) =>
    `${count(number)}${index ? "" : ` of ${plural(total, "receiver")}`} ${number === 1 ? "is" : "are"} ${state}`);
  return { level: sum === total ? "bad" : "warn", text: `${parts.join(", ")}.` };
}

class Overview {
  constructor() {
    this.headline = byId("headline");
    this.plot = new Plot(document.querySelector("#history canvas"), byId("readout"));
    this.figures = {
      rate: this.figure("delivered a second, last 10 s"),
      p95: this.figure("p95 created → 2xx, last 5 min"),
      oldest: this.figure("oldest pending"),
      share: this.figure("delivered, last 5 min"),
      total: this.figure("delivered since the start"),
    };
  }

  /** A number with its meaning above and a remark below. */
  figure(title) {
    const value = make("span", { className: "value" });
    const remark = make("span", { className: "remark" });
    byId("figures").append(make("div", {}, make("dt", {}, title), make("dd", {}, value, remark)));
    return { value, remark };
  }

  show(state) {
    const { level, text } = assessment(state);
    assign(this.headline, "className", level);
    write(this.headline.querySelector(".shape"), SHAPES[level]);
    write(this.headline.querySelector("p"), text);
    assign(document, "title", `${SHAPES[level]} flock-relay: ${text}`);
    if (state.status) this.showFigures(state.status);
    this.plot.show(state.samples);
  }

  showFigures(status) {
    const { deliveries, latency, window } = status;
    const p95 = latency.created_to_delivered.count ? latency.created_to_delivered.p95_ms : undefined;
    this.set("rate", rate(status.rate?.delivered_per_second),
      `${rate(status.rate?.failed_attempts_per_second)} failed attempts/s`);
    this.set("p95", length(p95), p95 > PROMISED_MS ? "▲ over the promised 500 ms" : "promised: 500 ms");
    this.set("oldest", deliveries.pending ? length(status.oldest_pending_seconds * 1000) : NONE,
      `${count(deliveries.pending)} pending, ${count(deliveries.in_flight)} in flight`);
    this.set("share", percent(window?.share_delivered),
      `${count(window?.failed)} failed, ${count(window?.recovered)} recovered`);
    this.set("total", count(deliveries.delivered),
      `${count(deliveries.failed)} failed, ${count(deliveries.recovered)} recovered`);
    write(byId("about"), `${visible(status.version)}, up ${length(status.uptime_seconds * 1000)}`);
  }

  set(key, value, remark) {
    write(this.figures[key].value, value);
    write(this.figures[key].remark, remark);
  }
}
