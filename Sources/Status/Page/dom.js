// Elements. Text from outside becomes a text node or an attribute, never markup.

const byId = (id) => document.getElementById(id);

/**
 * An element with properties, or attributes where it has no such property, and children.
 * Children are elements or texts.
 */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Changes the text of an element only if it differs, because each change costs a layout. */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Changes a property in the same way. */
function assign(element, property, value) {
  if (element[property] !== value) element[property] = value;
}

/** Changes the target of a link. */
function lead(link, to) {
  if (link.getAttribute("href") !== to) link.href = to;
}

/** Shows a local time in a `<time>`; its title is the ISO time. */
function writeTime(element, iso) {
  write(element, iso ? local(iso) : NONE);
  assign(element, "dateTime", iso ?? "");
  assign(element, "title", iso ?? "");
}

/** A name from outside. Its direction does not change the text beside it. */
const name = (text) => make("bdi", {}, visible(text));

/** A path of parts, which may be any text, with a query. Omits values that are undefined or empty. */
function address(parts, query = {}) {
  const path = parts.map((part) => encodeURIComponent(part.toWellFormed())).join("/");
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  return pairs.length ? `${path}?${new URLSearchParams(pairs)}` : path;
}

/** A link to a place on this page. */
const place = (...parts) => `#/${address(...parts)}`;

const workflowPlace = (id, query) => place(["workflow", id], query);

/**
 * Makes the children of `parent` show `items`, in their order. An element is made once for each key and updated after
 * that, so that focus and selection stay.
 */
function keep(parent, items, keyOf, makeOne, update) {
  const known = (parent.kept ??= new Map());
  const wanted = new Set();
  let next = parent.firstElementChild;
  while (next && !next.isKept) next = next.nextElementSibling;
  for (const item of items) {
    const key = keyOf(item);
    if (wanted.has(key)) continue;
    wanted.add(key);
    let element = known.get(key);
    if (!element) {
      element = makeOne(item);
      element.isKept = true;
      known.set(key, element);
    }
    update(element, item);
    if (element === next) next = next.nextElementSibling;
    else parent.insertBefore(element, next);
  }
  for (const [key, element] of known) {
    if (wanted.has(key)) continue;
    element.remove();
    known.delete(key);
  }
}

/** A shape for each level, so that levels differ not only in colour. */
const SHAPES = { good: "●", warn: "▲", bad: "■", unknown: "◌" };

/** Shows a state in words, with the colour and the shape of its level. */
function writeState(element, level, text) {
  assign(element, "className", `state ${level}`);
  write(element, `${SHAPES[level]} ${text}`);
}
