// What pages can do beyond what the server has drawn. Without it everything works by links, forms and reloading.

const announcement = document.querySelector('#announcement');
const parser = new DOMParser();

const pad = (count) => String(count).padStart(2, '0');

function ago(ms) {
  if (ms >= 86_400_000) return `${Math.floor(ms / 86_400_000)} d ago`;
  if (ms >= 3_600_000) return `${Math.floor(ms / 3_600_000)} h ago`;
  return ms >= 60_000 ? `${Math.floor(ms / 60_000)} min ago` : 'just now';
}

function lasting(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${pad(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

function tick() {
  for (const time of document.querySelectorAll('time[data-age], time[data-elapsed]')) {
    const ms = Date.now() - Date.parse(time.dateTime);
    const text = 'age' in time.dataset ? ago(ms) : lasting(ms);
    if (time.textContent !== text) time.textContent = text;
  }
}

// Times go on by themselves, and forms have a new key each time: they are no change.
const lookOf = (part) => part.outerHTML.replaceAll(/(<time[^>]*>|name="key" value=")[^<"]*/g, '$1');

/** How the server has drawn each part, by its id. */
const drawn = new Map();

function remember(part) {
  drawn.set(part.id, { look: lookOf(part), say: part.dataset.say });
}

const keyed = () => document.querySelectorAll('[data-keyed]');
const whole = () => document.querySelectorAll('[data-whole]');

for (const part of whole()) remember(part);
for (const list of keyed()) for (const item of list.children) remember(item);

/** Puts what the server has drawn now in the place of a part; what is open stays open, and focus stays where it is. */
function put(part, next) {
  const before = drawn.get(part.id);
  const look = lookOf(next);
  if (before?.look === look) return;
  part.className = next.className;
  const { say } = next.dataset;
  drawn.set(part.id, { look, say });
  if (say !== undefined && say !== before?.say) announcement.textContent = say;
  const focused = part.contains(document.activeElement) ? document.activeElement : undefined;
  const place = focused && [...part.querySelectorAll('*')].indexOf(focused);
  const open = [...part.querySelectorAll('details')].map((one) => one.open);
  part.innerHTML = next.innerHTML;
  part.querySelectorAll('details').forEach((one, index) => {
    one.open = open[index] ?? one.open;
  });
  if (place !== undefined) part.querySelectorAll('*')[place]?.focus({ preventScroll: true });
}

/**
 * Rows that the server has no more, though it has older ones or all: they have another state by now. They stay where
 * they are, so that nothing moves, and say nothing wrong.
 */
function putLeft(list, next, isAll) {
  const there = new Set(next.map(({ id }) => id));
  let left = isAll;
  for (const row of [...list.children].toReversed()) {
    if (there.has(row.id)) left = true;
    else if (left && !row.classList.contains('left')) {
      row.classList.add('left');
      for (const badge of row.querySelectorAll('.state .badge, .badge.busy')) {
        badge.className = 'badge quiet';
        badge.textContent = 'changed';
      }
      drawn.delete(row.id);
    }
  }
  if (list.querySelector(':scope > .left')) offer('Some have changed: show the list as it is now');
}

/**
 * What is there changes in place. Newer requests wait until somebody asks for them; steps of a thread go where the
 * server has them, and those that it has no more go away.
 */
function putItems(list, next) {
  const isBoard = list.dataset.keyed === 'newer';
  let fresh = 0;
  let before;
  for (const item of next.children) {
    const known = document.getElementById(item.id);
    if (known) put(known, item);
    else fresh += 1;
    if (isBoard) continue;
    const place = known ?? document.importNode(item, true);
    if (!known) remember(item);
    const follows = before ? before.nextElementSibling : list.firstElementChild;
    if (place !== follows) list.insertBefore(place, follows);
    before = place;
  }
  if (isBoard) return fresh > 0 ? offer(newer(fresh)) : undefined;
  const kept = new Set([...next.children].map(({ id }) => id));
  for (const item of list.querySelectorAll(':scope > *')) if (!kept.has(item.id)) item.remove();
}

const newer = (count) => (count === 1 ? 'Show 1 newer request' : `Show ${count} newer requests`);
function offer(text) {
  const link = document.querySelector('#newer');
  link.textContent = text;
  link.hidden = false;
}

/** The address of what is shown: a thread stays on its part, also when the newest one is another by now. */
function ownAddress() {
  const address = new URL(location.href);
  const page = document.querySelector('[data-page]')?.dataset.page;
  if (page !== undefined && !address.searchParams.has('turn'))
    address.searchParams.set('page', page);
  return address;
}

async function look() {
  const answer = await fetch(ownAddress(), { headers: { accept: 'text/html' } });
  if (answer.status === 401) return location.reload();
  if (!answer.ok) return;
  const next = parser.parseFromString(await answer.text(), 'text/html');
  for (const part of whole()) {
    const twin = next.getElementById(part.id);
    if (twin && !twin.matches('[data-keyed]')) put(part, twin);
    // The first request has come where there was none.
    else if (twin) location.reload();
  }
  for (const list of keyed()) {
    const twin = next.getElementById(list.id);
    if (!twin) continue;
    const none = !twin.matches('[data-keyed]');
    const isAll = next.querySelector('[rel="next"]') === null;
    if (list.dataset.keyed === 'newer') putLeft(list, none ? [] : [...twin.children], isAll);
    if (!none) putItems(list, twin);
  }
  tick();
  if (!('live' in next.body.dataset)) end();
}

const everyMs = Number(document.body.dataset.live ?? 0);
let timer;
let source;
let ended = everyMs === 0;

let [looking, lookedAt] = [false, 0];

/** Looks now, and again after a while; while nobody sees the page it rests. */
async function turn() {
  clearTimeout(timer);
  if (ended || looking || document.hidden) return;
  looking = true;
  lookedAt = Date.now();
  try {
    await look();
  } catch {
    // The server is away for a moment, or for good: the page stays as it is.
  }
  looking = false;
  if (!ended) timer = setTimeout(() => void turn(), everyMs);
}

/** An event says that there is something to see; many events are not many looks. */
function soon() {
  if (ended || looking) return;
  clearTimeout(timer);
  timer = setTimeout(() => void turn(), Math.max(0, lookedAt + 1_500 - Date.now()));
}

/** Events are heard only while the page is seen: a browser keeps few connections to one server. */
function hear() {
  const address = document.body.dataset.events;
  if (address === undefined || ended || source) return;
  source = new EventSource(address);
  for (const name of ['job', 'end']) source.addEventListener(name, soon);
}

function rest() {
  source?.close();
  source = undefined;
}

function end() {
  ended = true;
  clearTimeout(timer);
  rest();
}

if (!ended) {
  timer = setTimeout(() => void turn(), everyMs);
  hear();
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) return rest();
    hear();
    void turn();
  });
}
setInterval(tick, 1000);
tick();

// Arrow keys move between the rows of the board and the steps of a thread, once one of them has the focus.
document.addEventListener('keydown', (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
  const item = event.target.closest('.board tbody tr, .steps > li');
  if (step === undefined || !item || event.target.matches('pre, input, .scroll')) return;
  const next = step > 0 ? item.nextElementSibling : item.previousElementSibling;
  const target = next?.querySelector('.what a, summary');
  if (!target) return;
  event.preventDefault();
  target.focus();
});

// A step that an address names is unfolded.
function unfold() {
  const id = location.hash.slice(1);
  const details = id === '' ? undefined : document.getElementById(id)?.querySelector('details');
  if (!details) return;
  details.open = true;
  details.scrollIntoView({ block: 'start' });
}
addEventListener('hashchange', unfold);
unfold();

for (const link of document.querySelectorAll('[data-unfold], [data-fold]'))
  link.addEventListener('click', (event) => {
    event.preventDefault();
    const open = 'unfold' in link.dataset;
    for (const one of document.querySelectorAll('.steps > li > details')) one.open = open;
    link.toggleAttribute('data-unfold', !open);
    link.toggleAttribute('data-fold', open);
    link.textContent = open ? 'Fold all' : 'Unfold all';
  });

document.querySelector('[data-focus]')?.focus();

const money = (micro) => `$${(micro / 1_000_000).toFixed(micro >= 1_000_000 ? 2 : 4)}`;

/** What the checked repositories are likely to cost together, in the words of the server. */
function usual(checked) {
  if (checked.length === 0) return '';
  const known = checked.filter((box) => 'low' in box.dataset);
  if (known.length === 0) return 'Too few jobs have ended there to say what one usually costs.';
  const sum = (key) => known.reduce((total, box) => total + Number(box.dataset[key]), 0);
  const some =
    known.length < checked.length ? `, for ${known.length} of the ${checked.length} chosen` : '';
  return `There it is usually ${money(sum('low'))}–${money(sum('high'))} together${some}.`;
}

// The start form: repositories are found while typing, five at most, and the cap follows.
const picker = document.querySelector('.picker');
if (picker) {
  const find = picker.querySelector('[data-find]');
  const boxes = () => [...picker.querySelectorAll('input[name=repository]')];
  const count = () => {
    const checked = boxes().filter((box) => box.checked);
    const chosen = checked.length;
    const said = document.querySelector('[data-usual]');
    if (said.textContent !== usual(checked)) said.textContent = usual(checked);
    const most = Number(picker.dataset.most);
    for (const box of boxes()) box.disabled = !box.checked && chosen >= most;
    picker.querySelector('[data-chosen]').textContent = `${chosen} of ${most} chosen`;
    const { job, request } = document.querySelector('[data-job]').dataset;
    const cap = Math.min(job * Math.max(1, chosen), request) / 1_000_000;
    document.querySelector('[data-cap]').textContent = `$${cap.toFixed(2)}`;
  };
  find.addEventListener('input', () => {
    for (const choice of picker.querySelectorAll('[data-name]')) {
      const fits = choice.dataset.name.includes(find.value.toLowerCase());
      choice.hidden = !fits && !choice.querySelector('input').checked;
    }
  });
  find.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    picker.querySelector('button[value=find]').click();
  });
  picker.addEventListener('change', count);
  count();
}

// A form is sent once.
for (const form of document.querySelectorAll('form[method=post]'))
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = 'yes';
    event.submitter?.setAttribute('aria-busy', 'true');
  });
// Coming back by the browser's history shows the form again, and it may be sent again.
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent;
});
