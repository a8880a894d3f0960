// Looks for changes every two seconds and replaces the parts of the page that are marked for it.
// A part in which somebody types, or has typed, is left alone; forms outside of the parts are never touched.
const everyMs = 2000;
const shown = new Map();

function isInUse(part) {
  return [...part.querySelectorAll('textarea, input:not([type=hidden])')].some(
    (field) => field === document.activeElement || field.value !== field.defaultValue,
  );
}

function replace(part, next) {
  if ((shown.get(part.id) ?? part.innerHTML) === next.innerHTML || isInUse(part)) return;
  shown.set(part.id, next.innerHTML);
  const open = [...part.querySelectorAll('details')].map((one) => one.open);
  part.innerHTML = next.innerHTML;
  part.querySelectorAll('details').forEach((one, index) => {
    one.open = open[index] ?? one.open;
  });
}

async function look() {
  if (document.hidden) return;
  const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (!answer.ok) return;
  const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const part of document.querySelectorAll('[data-live]')) {
    const twin = next.getElementById(part.id);
    if (twin) replace(part, twin);
  }
}

async function watch() {
  try {
    await look();
  } catch {
    // The server is away for a moment, or for good: the page stays as it is.
  }
  setTimeout(watch, everyMs);
}

setTimeout(watch, everyMs);
