// Requests to the relay. Addresses are relative, because `flock-relay page` serves under a token.

/** An error in an answer of the relay. Other errors mean that there was no answer. */
class FailedAnswer extends Error {}

/** Whether an error of `ask` means that the relay has not answered in time. */
const isLate = (error) => ["TimeoutError", "AbortError"].includes(error.name);

const LATE = "The relay needs more than 10 s for this query, and is asked less often.";

/** The JSON of an answer. */
async function ask(target) {
  const response = await fetch(target, { cache: "no-store", signal: AbortSignal.timeout(10_000) });
  const body = await response.json();
  if (body.error) throw new FailedAnswer(body.error);
  return body;
}

/**
 * Repeats `work` with a pause of `ms` between runs, longer while the page cannot be seen. Runs never overlap: one that
 * is requested during another follows at once. The pause doubles, up to a minute, each time that `work` returns true: the
 * relay has not answered in time, and may still be busy with the query.
 */
class Repetition {
  constructor(ms, work) {
    this.ms = ms;
    this.work = work;
    this.running = false;
    this.again = false;
    this.factor = 1;
    document.addEventListener("visibilitychange", () => this.soon());
  }

  /** Runs `work` unless it runs already or takes too long. */
  soon() {
    if (!this.running && this.factor === 1) this.now();
  }

  async now() {
    clearTimeout(this.timer);
    if (this.running) {
      this.again = true;
      return;
    }
    this.running = true;
    try {
      this.factor = (await this.work()) ? this.factor * 2 : 1;
    } finally {
      this.running = false;
      const pause = Math.max(Math.min(this.ms * this.factor, 60_000), document.hidden ? 10_000 : 0);
      this.timer = setTimeout(() => this.now(), this.again ? 0 : pause);
      this.again = false;
    }
  }
}

/** Lines of JSON from a stream of bytes. */
async function* jsonLines(stream) {
  let rest = "";
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line) yield JSON.parse(line);
  }
}

/** Follows the stream `/attempts` and keeps the newest attempts. Reconnects. */
class Follower {
  static maxKept = 200;

  /** `query` may name a `correlation_id` and an `origin`. */
  constructor(query = {}) {
    this.query = query;
    /** Newest first. */
    this.attempts = [];
    this.total = 0;
    this.missed = 0;
    this.problem = "";
    this.onVisibility = () => (document.hidden ? this.disconnect() : this.connect());
    document.addEventListener("visibilitychange", this.onVisibility);
    if (!document.hidden) this.connect();
  }

  stop() {
    document.removeEventListener("visibilitychange", this.onVisibility);
    this.disconnect();
  }

  disconnect() {
    this.connection?.abort();
    this.connection = undefined;
  }

  async connect() {
    this.disconnect();
    const connection = (this.connection = new AbortController());
    while (!connection.signal.aborted) {
      try {
        await this.follow(connection.signal);
        this.problem = "The stream has ended; connecting again.";
      } catch (error) {
        if (connection.signal.aborted) return;
        this.problem = `No stream: ${error instanceof FailedAnswer ? error.message : "the relay does not answer"}.`;
      }
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }

  async follow(signal) {
    const response = await fetch(address(["attempts"], this.query), { cache: "no-store", signal });
    if (!response.ok) throw new FailedAnswer((await response.json()).error);
    this.problem = "";
    for await (const line of jsonLines(response.body)) this.take(line);
  }

  take(line) {
    if (line.missed) {
      this.missed += line.missed;
      return;
    }
    line.key = ++this.total;
    this.attempts.unshift(line);
    if (this.attempts.length > Follower.maxKept) this.attempts.pop();
  }
}
