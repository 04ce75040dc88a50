// The plot of the last 15 minutes: attempts a second above, latency below.

const PLOT_SECONDS = 900;
const PROMISED_MS = 500;
/** Room for the labels on the left, in pixels. */
const MARGIN = 52;

class Plot {
  constructor(canvas, readout) {
    this.canvas = canvas;
    this.readout = readout;
    this.samples = [];
    /** The second under the pointer, or null for the latest. */
    this.cursor = null;
    canvas.addEventListener("pointermove", (event) => this.point(this.secondAt(event.offsetX)));
    canvas.addEventListener("pointerleave", () => this.point(null));
    canvas.addEventListener("blur", () => this.point(null));
    canvas.addEventListener("keydown", (event) => this.move(event));
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  /** Samples as `/history` gives them, oldest first. */
  show(samples) {
    this.samples = samples;
    this.draw();
  }

  get end() {
    return this.samples.at(-1)?.t ?? 0;
  }

  point(second) {
    this.cursor = second;
    this.draw();
  }

  move(event) {
    const step = { ArrowLeft: -this.bin, ArrowRight: this.bin }[event.key];
    const end = { Home: this.end - PLOT_SECONDS + 1, End: this.end, Escape: null }[event.key];
    if (step === undefined && end === undefined) return;
    event.preventDefault();
    this.point(step === undefined ? end : this.clamp((this.cursor ?? this.end) + step));
  }

  clamp(second) {
    return Math.min(Math.max(second, this.end - PLOT_SECONDS + 1), this.end);
  }

  secondAt(x) {
    const share = (x - MARGIN) / (this.canvas.clientWidth - MARGIN);
    return this.clamp(Math.round(this.end - PLOT_SECONDS + share * PLOT_SECONDS));
  }

  /** Joins samples to at most one a pixel. Bins begin at multiples of their length, so that they do not change. */
  binned(width) {
    this.bin = Math.max(1, Math.ceil(PLOT_SECONDS / width));
    const bins = new Map();
    for (const sample of this.samples) {
      if (sample.t <= this.end - PLOT_SECONDS) continue;
      const t = sample.t - (sample.t % this.bin);
      const bin = bins.get(t) ?? { t, seconds: 0, delivered: 0, failed: 0, p50: 0, p95: 0 };
      bin.seconds += 1;
      bin.delivered += sample.delivered;
      bin.failed += sample.failed;
      bin.p50 = Math.max(bin.p50, sample.p50_ms ?? 0);
      bin.p95 = Math.max(bin.p95, sample.p95_ms ?? 0);
      bins.set(t, bin);
    }
    return [...bins.values()].map((bin) => ({
      ...bin,
      delivered: bin.delivered / bin.seconds,
      failed: bin.failed / bin.seconds,
    }));
  }

  draw() {
    const sheet = prepare(this.canvas);
    if (!sheet) return;
    const { width, height } = sheet;
    this.pen = sheet.pen;
    this.colour = sheet.colour;
    this.bins = this.binned(width - MARGIN);
    this.x = (second) => MARGIN + ((second - this.end + PLOT_SECONDS) / PLOT_SECONDS) * (width - MARGIN);
    const middle = Math.round(height * 0.56);
    this.drawTimes(width, height);
    this.drawRates(16, middle - 8, width);
    this.drawLatencies(middle + 8, height - 18, width);
    this.drawCursor(height - 18);
  }

  line(points, colour, dash = []) {
    const { pen } = this;
    pen.beginPath();
    for (const [x, y, begins] of points) begins ? pen.moveTo(x, y) : pen.lineTo(x, y);
    pen.strokeStyle = colour;
    pen.setLineDash(dash);
    pen.stroke();
    pen.setLineDash([]);
  }

  text(text, x, y, align = "left") {
    this.pen.fillStyle = this.colour("quiet");
    this.pen.textAlign = align;
    this.pen.fillText(text, x, y);
  }

  /** A horizontal line with its label. */
  level(y, width, label) {
    this.line([[MARGIN, y, true], [width, y]], this.colour("line"));
    this.text(label, MARGIN - 6, y + 4, "right");
  }

  drawTimes(width, height) {
    for (const minutes of [15, 10, 5, 0]) {
      const x = this.x(this.end - minutes * 60);
      if (minutes && minutes < 15) this.line([[x, 0, true], [x, height - 16]], this.colour("line"));
      this.text(minutes ? `−${minutes} min` : "now", x, height - 3, minutes === 15 ? "left" : minutes ? "center" : "right");
    }
  }

  /** Failed attempts at the bottom, because there their height can be compared; delivered ones on top of them. */
  drawRates(top, bottom, width) {
    const highest = Math.max(1, ...this.bins.map((bin) => bin.delivered + bin.failed));
    const limit = roundUp(highest);
    const y = (value) => bottom - (value / limit) * (bottom - top);
    for (const value of [limit / 2, limit]) this.level(y(value), width, `${count(value)}/s`);
    this.area((bin) => y(bin.failed), () => bottom, this.colour("failed"));
    this.area((bin) => y(bin.failed + bin.delivered), (bin) => y(bin.failed), this.colour("delivered"));
    this.level(bottom, width, "0");
  }

  area(above, below, colour) {
    if (!this.bins.length) return;
    const { pen } = this;
    const right = (bin) => this.x(bin.t + this.bin);
    pen.beginPath();
    for (const bin of this.bins) {
      pen.lineTo(this.x(bin.t), above(bin));
      pen.lineTo(right(bin), above(bin));
    }
    for (const bin of this.bins.toReversed()) {
      pen.lineTo(right(bin), below(bin));
      pen.lineTo(this.x(bin.t), below(bin));
    }
    pen.fillStyle = colour;
    pen.fill();
  }

  /** On a logarithmic scale, where 5 ms and 5 s can both be read. */
  drawLatencies(top, bottom, width) {
    const highest = Math.max(1000, ...this.bins.map((bin) => bin.p95));
    const decades = Math.ceil(Math.log10(highest));
    const y = (ms) => bottom - (Math.log10(Math.max(ms, 1)) / decades) * (bottom - top);
    for (let power = 1; power <= decades; power += 1) {
      const ms = 10 ** power;
      this.level(y(ms), width, ms < 1000 ? `${ms} ms` : `${ms / 1000} s`);
    }
    this.line([[MARGIN, y(PROMISED_MS), true], [width, y(PROMISED_MS)]], this.colour("warn"), [6, 4]);
    this.curve((bin) => bin.p50, y, this.colour("p50"));
    this.curve((bin) => bin.p95, y, this.colour("p95"));
  }

  /** A line with gaps where nothing was delivered. A single second is drawn as a dash, so that it can be seen. */
  curve(value, y, colour) {
    const points = [];
    let previous = null;
    for (const bin of this.bins) {
      const ms = value(bin);
      if (!ms) continue;
      const follows = previous !== null && bin.t - previous <= Math.max(5, this.bin);
      points.push([this.x(bin.t), y(ms), !follows], [this.x(bin.t + this.bin), y(ms), false]);
      previous = bin.t;
    }
    this.pen.lineWidth = 1.5;
    this.line(points, colour);
    this.pen.lineWidth = 1;
  }

  drawCursor(bottom) {
    const bin = this.bins.findLast((bin) => bin.t <= (this.cursor ?? this.end));
    if (this.cursor !== null) {
      const x = this.x(this.cursor);
      this.line([[x, 0, true], [x, bottom]], this.colour("text"));
    }
    write(this.readout, bin ? this.describe(bin) : "");
  }

  describe(bin) {
    const latency = bin.p95 ? `, p50 ${length(bin.p50)}, p95 ${length(bin.p95)}` : "";
    return `${clock.format(new Date(bin.t * 1000))}: ${rate(bin.delivered)} delivered/s, ${rate(bin.failed)} failed/s${latency}`;
  }
}

/** The next of 1, 2, 4, 6, 8, 10, 20, 40 …: numbers whose half is readable. */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 6, 8, 10].map((step) => step * power).find((step) => step >= value);
}

/** A canvas emptied for drawing at the resolution of the screen, and its colours; nothing while it is not shown. */
function prepare(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width) return undefined;
  canvas.width = width * devicePixelRatio;
  canvas.height = height * devicePixelRatio;
  const style = getComputedStyle(canvas);
  const pen = canvas.getContext("2d");
  pen.scale(devicePixelRatio, devicePixelRatio);
  pen.font = style.font;
  return { pen, width, height, colour: (name) => style.getPropertyValue(`--${name}`) };
}
