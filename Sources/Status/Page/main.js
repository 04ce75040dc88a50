// The whole page: asks the relay every second, and shows the view that the address names.

/** The latest answers of the relay. */
const state = { status: undefined, failing: [], silentSince: undefined, samples: [] };

/** The relay computes when its samples began from the clock, so that the time varies a little. */
const CLOCK_TOLERANCE_MS = 1000;

const roster = new Roster();
const overview = new Overview();
const receivers = new Receivers();
const workflows = new Workflows();
const workflowView = new WorkflowView();
const streamPanel = new StreamPanel();
new Bubble();

async function refresh() {
  const answers = [ask("status"), ask("readyz"), updateHistory()];
  let late = false;
  try {
    const [status, readiness] = await Promise.all(answers);
    startAnew(status);
    status.receivers = roster.update(status.origins);
    state.status = status;
    state.failing = readiness.failing ?? [];
    state.silentSince = undefined;
    receivers.show(status);
    showFailures(status);
  } catch (error) {
    state.silentSince ??= new Date();
    late = isLate(error);
  }
  overview.show(state);
  await Promise.allSettled(answers);
  return late;
}

/** Adds the samples since the last one; all of them anew when the clock of the system has been set back. */
async function updateHistory() {
  const { samples, started_at } = await ask(address(["history"], { after: state.samples.at(-1)?.t }));
  const began = Date.parse(started_at);
  const isSetBack = began < state.began - CLOCK_TOLERANCE_MS;
  state.began = began;
  if (isSetBack) {
    state.samples = [];
    return updateHistory();
  }
  const known = state.samples.at(-1)?.t ?? 0;
  state.samples = [...state.samples, ...samples.filter((sample) => sample.t > known)].slice(-PLOT_SECONDS);
}

/** After a restart the relay has no history; another version has another page. */
function startAnew(status) {
  if (!(status.uptime_seconds < state.status?.uptime_seconds)) return;
  if (state.status.version !== status.version) location.reload();
  state.samples = [];
}

/** Shows the view of the address: `#/workflow/ID`, `#/receiver/ORIGIN`, `#/workflows?search=TEXT`, `#/receivers`. */
function route() {
  const { view, argument, query } = readAddress();
  const isWorkflow = view === "workflow" && argument;
  byId("overview").hidden = isWorkflow;
  byId("workflow").hidden = !isWorkflow;
  if (isWorkflow) {
    const isOther = workflowView.id !== argument;
    workflowView.open(argument, query);
    if (isOther) byId("workflow-title").focus();
    return;
  }
  workflowView.close();
  receivers.open(view === "receiver" ? argument : undefined);
  workflows.open(view === "workflows" ? query : {});
  workflows.repetition.soon();
  const title = { workflows: "workflows-title", receivers: "receivers-title" }[view];
  if (title && !byId("overview").contains(document.activeElement)) byId(title).focus();
}

function readAddress() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  try {
    const [view, argument = ""] = path.split("/").map(decodeURIComponent);
    return { view, argument, query: Object.fromEntries(new URLSearchParams(query)) };
  } catch {
    return { view: "", argument: "", query: {} };
  }
}

addEventListener("hashchange", route);
new Repetition(1000, refresh).now();
route();
