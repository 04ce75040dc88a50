// How numbers, times and names are written.

const integers = new Intl.NumberFormat();
const tenths = new Intl.NumberFormat(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

/** Shown instead of a missing value. */
const NONE = "–";

/** A whole number, grouped by the rules of the user's language. */
const count = (number) => (number === undefined ? NONE : integers.format(number));

/** A rate, with one digit after the point, so that its width does not change. */
const rate = (number) => (number === undefined ? NONE : tenths.format(number));

/** A share from 0 to 1 as per cent. Rounded down, so that 100 % means all. */
const percent = (share) => (share === undefined ? NONE : `${tenths.format(Math.floor(share * 1000) / 10)} %`);

/** "1 receiver", "2 receivers". */
const plural = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;

/** Milliseconds as a length of time with at most two units. */
function length(ms) {
  if (ms === undefined) return NONE;
  if (ms < 10) return `${tenths.format(ms)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${tenths.format(Math.floor(seconds * 10) / 10)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** The local time of an ISO time; with the date unless it is today. */
function local(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return visible(iso);
  const today = date.toDateString() === new Date().toDateString();
  return today ? clock.format(date) : `${day.format(date)}, ${clock.format(date)}`;
}

/**
 * Text from outside with control characters and marks that change the order of text written as \u and four digits, so
 * that no name can look like another.
 */
function visible(text) {
  return String(text).replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/g,
    (character) => "\\u" + character.charCodeAt(0).toString(16).padStart(4, "0"));
}

const MEANINGS = {
  dns_error: "its name has no address",
  connection_refused: "nothing accepts connections there",
  connection_reset: "the connection ended without an answer",
  timeout: "no answer in time",
  tls_error: "no trusted TLS connection",
  protocol_error: "its answer is not valid HTTP",
  response_too_large: "the headers of its answer are too long",
  address_not_allowed: "its address is not allowed; see allow-network",
  backlog_full: "too many deliveries to it were pending",
};

/** What an error class means, in plain words. */
function meaning(error) {
  if (!error) return "";
  return error.startsWith("http_") ? `it answered ${visible(error.slice(5))}` : MEANINGS[error] ?? "";
}
