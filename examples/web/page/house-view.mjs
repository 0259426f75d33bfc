import { building } from './building.mjs';
import { element } from './element.mjs';
import { showCards } from './notice-cards.mjs';
import { LoggedOut } from './session.mjs';
import { say } from './words.mjs';

/** The product, and above it what waits for the person who uses it. */
export function houseView({ state, acts }) {
  const title = element('h2', { id: 'for-you', tabindex: -1 }, say('forYou'));
  const cards = element('div', { class: 'cards' });
  const notices = element('section', { class: 'for-you', 'aria-labelledby': 'for-you' }, title, cards);
  const house = element('div', { class: 'house' });
  let shown;

  const showHouse = async () => {
    const answer = await askForHouse();
    const next = JSON.stringify(answer);
    if (next === shown) return;
    shown = next;
    house.replaceChildren(answer.blocked ? closedHouse() : openHouse(answer));
    // What is closed, and why, comes first; what is open comes after what waits.
    if (answer.blocked) notices.before(house);
    else notices.after(house);
  };

  return {
    node: element('div', {}, element('h1', { class: 'unseen' }, 'Fjordlys'), notices, house),
    async update() {
      notices.hidden = state.outstanding.length === 0;
      showCards(cards, state.outstanding, acts);
      await showHouse();
    },
    focusNext() {
      const next = cards.querySelector('h3') ?? house.querySelector('h2');
      next?.focus();
    },
  };
}

/** Asked afresh, past what the gate remembers: the person may have acted a moment ago. */
async function askForHouse() {
  const response = await fetch('/house', { cache: 'reload' });
  if (response.status === 401) throw new LoggedOut();
  if (response.ok || response.status === 403) return response.json();
  throw new Error(`/house answered ${response.status}.`);
}

/** The gate keeps nobody from reading, withdrawing, objecting or taking a copy. */
function closedHouse() {
  return element(
    'section',
    { class: 'closed', 'aria-labelledby': 'closed' },
    building([]),
    element(
      'div',
      {},
      element('h2', { id: 'closed', tabindex: -1 }, say('blockedTitle')),
      element('p', {}, say('blockedLead')),
      element(
        'ul',
        {},
        element('li', {}, element('a', { href: '#/policy' }, say('blockedRead'))),
        element('li', {}, element('a', { href: '#/choices' }, say('blockedChoices'))),
        element('li', {}, element('a', { href: '/my-copy.json', download: true }, say('blockedFacts'))),
      ),
    ),
  );
}

function openHouse({ rooms, newsletter }) {
  const picture = building(rooms);
  return element(
    'section',
    { class: 'open', 'aria-labelledby': 'rooms' },
    picture,
    element(
      'div',
      {},
      element('h2', { id: 'rooms', tabindex: -1 }, say('rooms')),
      element(
        'ul',
        { class: 'rooms' },
        rooms.map((room) => roomOf(room, picture)),
      ),
      element('p', { class: 'quiet newsletter' }, say(newsletter ? 'newsletterGoes' : 'newsletterGoesNot')),
    ),
  );
}

function roomOf({ id, light, degrees }, picture) {
  const label = element('label', { for: `light-${id}` }, say(id));
  const value = element('output', { for: `light-${id}` }, `${light} %`);
  const slider = element('input', { id: `light-${id}`, type: 'range', min: 0, max: 100, value: light });
  slider.addEventListener('input', () => {
    value.textContent = `${slider.value} %`;
    picture.light(id, Number(slider.value));
  });
  return element('li', {}, label, element('span', { class: 'quiet' }, say('degrees', { degrees })), value, slider);
}
