import { createActs } from './acts.mjs';
import { choicesView } from './choices-view.mjs';
import { houseView } from './house-view.mjs';
import { loginView } from './login-view.mjs';
import { clearMessages, clearPassing, tell, tellFailure } from './messages.mjs';
import { policyView } from './policy-view.mjs';
import { NOTICES, OUTSTANDING } from './queries.mjs';
import { ask, follow } from './samtykke.mjs';
import { LoggedOut, logOut, resume } from './session.mjs';
import { showTop } from './top.mjs';
import { day, language, say, speak } from './words.mjs';

/** Notices that come so close together are one reason to ask again. */
const TOGETHER_MS = 30;
const VIEWS = { house: houseView, choices: choicesView, policy: policyView };

const main = document.querySelector('#main');
const state = { name: undefined, outstanding: [], connection: 'lost' };
let view;
let stopFollowing = () => undefined;

const acts = createActs({
  state,
  async afterAct() {
    await refresh();
    // What had the focus is done and gone: whoever works by keyboard goes on at what is next.
    if (document.activeElement === document.body) view?.focusNext?.();
    await offerChoice();
  },
});

async function start() {
  document.documentElement.lang = language();
  document.querySelector('#skip').textContent = say('skip');
  document.querySelector('#messages').setAttribute('aria-label', say('messages'));
  try {
    await enter(await resume());
  } catch (error) {
    if (!(error instanceof LoggedOut)) console.error(error);
    showLogin();
  }
}

function showLogin() {
  stopFollowing();
  clearMessages();
  Object.assign(state, { name: undefined, outstanding: [] });
  view = undefined;
  draw();
  showView();
}

/** At login: first what is outstanding, then what comes, from the very place in the log of that answer. */
async function enter({ name }) {
  state.name = name;
  const cursor = await refresh();
  showView();
  const seen = new Set();
  stopFollowing = follow({
    query: NOTICES,
    field: 'policyNotices',
    after: cursor,
    onItem: (notice) => {
      if (seen.has(notice.id)) return;
      seen.add(notice.id);
      tellNotice(notice);
      refreshSoon();
    },
    onState: (connection) => {
      state.connection = connection;
      draw();
    },
    onLoggedOut: showLogin,
  });
  await offerChoice();
}

let drawn = Promise.resolve();

/** One after the other, so that no older answer is drawn over a newer one. */
function inTurn(run) {
  drawn = drawn.catch(() => undefined).then(run);
  return drawn;
}

/** Asks what is outstanding, and draws it. @returns the cursor to follow from */
function refresh() {
  return inTurn(askAndDraw);
}

async function askAndDraw() {
  const { me } = await ask(OUTSTANDING, { locale: language() });
  const { items, cursor, asOf } = me.obligations;
  state.outstanding = items
    .filter(({ canActNow }) => canActNow)
    .map((item) => ({ ...item, isNow: item.since <= asOf.effectiveAt }))
    .sort((a, b) => Number(b.isNow) - Number(a.isNow));
  draw();
  await view?.update();
  return cursor;
}

let isWaiting = false;

function refreshSoon() {
  if (isWaiting) return;
  isWaiting = true;
  setTimeout(() => {
    isWaiting = false;
    refresh().catch(onFailure);
  }, TOGETHER_MS);
}

const TOLD = {
  ANNOUNCED: 'announced',
  IN_FORCE: 'inForce',
  WITHDRAWN: 'withdrawnVersion',
  RETIRED: 'retired',
  OVERDUE: 'overdue',
};

/** What happens while the page is open is said at once; what it means for the person is drawn as a card. */
function tellNotice({ kind, policy, version }) {
  if (!(kind in TOLD)) return;
  const isNorwegian = language() === 'nb';
  const title = isNorwegian ? policy.titleNorwegian : policy.titleEnglish;
  const summary = isNorwegian ? version?.change.summaryNorwegian : version?.change.summaryEnglish;
  const words = say(TOLD[kind], { title, label: version?.label, date: version && day(version.effectiveFrom) });
  const more = summary && (kind === 'ANNOUNCED' || kind === 'IN_FORCE') ? ` ${summary}` : '';
  tell(`${words}${more}`, { key: `version-${version?.id ?? policy.handle}`, link: '#/' });
}

const OFFERED = 'fjordlys-offered';

/**
 * Opens the dialog by itself when a choice is due and nothing else is, once for each; after that it waits on its card.
 * It never opens because something happened elsewhere: only at login, and after an act of the person.
 */
async function offerChoice() {
  if (document.querySelector('dialog')) return;
  const due = state.outstanding.filter(({ isNow }) => isNow);
  if (due.some(({ kind }) => kind === 'READ_NOTICE' || kind === 'ACCEPT_TERMS')) return;
  const offered = JSON.parse(sessionStorage.getItem(OFFERED) ?? '[]');
  const keyOf = ({ version, purposes }) => `${state.name} ${version.id} ${purposes}`;
  const fresh = due.filter((each) => !offered.includes(keyOf(each)));
  if (fresh.length === 0) return;
  sessionStorage.setItem(OFFERED, JSON.stringify([...offered, ...fresh.map(keyOf)]));
  await acts.choose(fresh);
}

/** `#/choices`, `#/policy`, `#/policy/<version>`; anything else is the product. */
function showView() {
  const [, name, versionId] = location.hash.split('/');
  const make = VIEWS[name] ?? houseView;
  if (!state.name && make !== policyView) {
    main.replaceChildren(loginView((who) => enter(who).catch(tellFailure)));
    return;
  }
  view = make({ state, acts, versionId });
  main.replaceChildren(view.node);
  draw();
  inTurn(() => view?.update()).catch(onFailure);
}

function draw() {
  showTop({
    state,
    onLanguage(other) {
      speak(other);
      location.reload();
    },
    onLogOut: async () => {
      await logOut();
      location.hash = '#/';
      showLogin();
    },
  });
}

function onFailure(error) {
  if (error instanceof LoggedOut) showLogin();
  else tellFailure(error);
}

window.addEventListener('hashchange', () => {
  clearPassing();
  showView();
  main.focus();
  window.scrollTo(0, 0);
});

start();
